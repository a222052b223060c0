import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const load: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  de: () => import('./de.json'),
};
const KEY = 'deskwire.language';

function preferred(): Language {
  const said = localStorage.getItem(KEY) ?? navigator.language.slice(0, 2);
  return said in LANGUAGES ? (said as Language) : 'en';
}

export async function startI18n(language: Language = preferred()) {
  const { default: texts } = await load[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: language,
    resources: { [language]: { translation: texts } },
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
}

export async function changeLanguage(language: Language) {
  const { default: texts } = await load[language]();
  i18next.addResourceBundle(language, 'translation', texts);
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}
