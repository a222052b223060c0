import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useText } from '@/i18n/use-text';
import { languages, speak, type Language } from '@/i18n/i18n';

const SCHEMES = ['light', 'dark', 'auto'] as const;

/** Theme and language, as items of a menu. */
export function Preferences() {
  const { t, i18n } = useText('common');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const check = (isOn: boolean) => (isOn ? <IconCheck size={14} aria-hidden /> : null);
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t('theme.title')}</Menu.Label>
      {SCHEMES.map((scheme) => (
        <Menu.Item
          key={scheme}
          role="menuitemradio"
          aria-checked={colorScheme === scheme}
          closeMenuOnClick={false}
          rightSection={check(colorScheme === scheme)}
          onClick={() => setColorScheme(scheme)}
        >
          {t(`theme.${scheme}`)}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Label>{t('language')}</Menu.Label>
      {Object.entries(languages).map(([language, name]) => (
        <Menu.Item
          key={language}
          role="menuitemradio"
          lang={language}
          aria-checked={i18n.language === language}
          closeMenuOnClick={false}
          rightSection={check(i18n.language === language)}
          onClick={() => void speak(i18n, language as Language)}
        >
          {name}
        </Menu.Item>
      ))}
    </>
  );
}
