import { useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useClient } from 'urql';
import { useText } from '@/i18n/use-text';
import { languages, speak, type Language } from '@/i18n/i18n';
import type { MenuPart } from '@/components/button-menu';
import { themeOf, UpdateProfile } from '@/features/profile/preferences';
import type { UpdateProfileInput } from '@/graphql/generated/graphql';

const SCHEMES = ['light', 'dark', 'auto'] as const;

/** Theme and language, as parts of a menu. They count here at once, and on other devices from their next visit. */
export function usePreferenceParts(): () => MenuPart[] {
  const { t, i18n } = useText('common');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const client = useClient();
  const keep = (input: UpdateProfileInput) => void client.mutation(UpdateProfile, { input }).toPromise();
  return () => [
    { kind: 'line' },
    { kind: 'heading', text: t('theme.title') },
    {
      kind: 'choices',
      options: SCHEMES.map((scheme) => ({ value: scheme, label: t(`theme.${scheme}`) })),
      chosen: [colorScheme],
      choose: (value) => {
        const scheme = value as MantineColorScheme;
        setColorScheme(scheme);
        keep({ theme: themeOf(scheme) });
      },
    },
    { kind: 'line' },
    { kind: 'heading', text: t('language') },
    {
      kind: 'choices',
      options: Object.entries(languages).map(([value, label]) => ({ value, label, lang: value })),
      chosen: [i18n.language],
      choose: (language) => {
        void speak(i18n, language as Language);
        keep({ locale: language });
      },
    },
  ];
}
