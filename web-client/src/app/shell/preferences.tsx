import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useClient } from 'urql';
import { useText } from '@/i18n/use-text';
import { languages, speak, type Language } from '@/i18n/i18n';
import { themeOf, UpdateProfile } from '@/features/profile/preferences';
import type { UpdateProfileInput } from '@/graphql/generated/graphql';

const SCHEMES = ['light', 'dark', 'auto'] as const;

/** Theme and language, as items of a menu. They count here at once, and on other devices from their next visit. */
export function Preferences() {
  const { t, i18n } = useText('common');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const client = useClient();
  const keep = (input: UpdateProfileInput) => void client.mutation(UpdateProfile, { input }).toPromise();
  const check = <IconCheck size={14} aria-hidden />;
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t('theme.title')}</Menu.Label>
      {SCHEMES.map((scheme) => (
        <Menu.RadioItem
          key={scheme}
          value={scheme}
          checked={colorScheme === scheme}
          checkIcon={check}
          closeMenuOnClick={false}
          onChange={() => {
            setColorScheme(scheme);
            keep({ theme: themeOf(scheme) });
          }}
        >
          {t(`theme.${scheme}`)}
        </Menu.RadioItem>
      ))}
      <Menu.Divider />
      <Menu.Label>{t('language')}</Menu.Label>
      {Object.entries(languages).map(([language, name]) => (
        <Menu.RadioItem
          key={language}
          value={language}
          lang={language}
          checked={i18n.language === language}
          checkIcon={check}
          closeMenuOnClick={false}
          onChange={() => {
            void speak(i18n, language as Language);
            keep({ locale: language });
          }}
        >
          {name}
        </Menu.RadioItem>
      ))}
    </>
  );
}
