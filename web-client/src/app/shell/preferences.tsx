import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useText } from '@/i18n/use-text';
import { languages, speak, type Language } from '@/i18n/i18n';

const SCHEMES = ['light', 'dark', 'auto'] as const;

/** Theme and language, as items of a menu. */
export function Preferences() {
  const { t, i18n } = useText('common');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
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
          onChange={() => setColorScheme(scheme)}
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
          onChange={() => void speak(i18n, language as Language)}
        >
          {name}
        </Menu.RadioItem>
      ))}
    </>
  );
}
