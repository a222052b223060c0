import i18next, { type BackendModule, type i18n as I18n, type ResourceKey } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { remember, remembered } from '@/lib/storage';
import type { FirstTexts, Texts } from './en';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  // Only an interface can be added to.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: Texts;
    returnNull: false;
  }
}

/** Texts of features whose pages are not the first ones come with them: the first `useText` of one waits for its file. */
const files = import.meta.glob<{ default: ResourceKey }>('./*/later/*.json');

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, feature, done) => {
    const load = files[`./${language}/later/${feature}.json`];
    if (!load) {
      done(new Error(`There are no texts ${language}/later/${feature}.json.`), null);
      return;
    }
    load().then(
      (file) => done(null, file.default),
      (error: unknown) => done(error as Error, null),
    );
  },
};

const loaders: Record<Language, () => Promise<{ texts: Record<keyof FirstTexts, object> }>> = {
  en: () => import('./en'),
  de: () => import('./de'),
};

/** The texts of the language chosen before, else of the browser's, else English. */
export async function startTexts(): Promise<I18n> {
  const chosen = [remembered('language'), ...navigator.languages].find(isSpoken) ?? 'en';
  const language = toLanguage(chosen);
  const i18n = i18next.createInstance();
  await i18n
    .use(initReactI18next)
    .use(backend)
    .init({
      lng: language,
      fallbackLng: false,
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      resources: { [language]: (await loaders[language]()).texts },
      partialBundledLanguages: true,
      ns: ['common'],
    });
  document.documentElement.lang = language;
  return i18n;
}

export async function speak(i18n: I18n, language: Language): Promise<void> {
  const { texts } = await loaders[language]();
  for (const [feature, keys] of Object.entries(texts)) i18n.addResourceBundle(language, feature, keys);
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
  remember('language', language);
}

function isSpoken(tag: string | null): tag is string {
  return tag !== null && toTag(tag) in languages;
}

function toLanguage(tag: string): Language {
  const short = toTag(tag);
  return short === 'de' ? 'de' : 'en';
}

function toTag(tag: string): string {
  return tag.slice(0, 2).toLowerCase();
}
