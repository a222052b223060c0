import { Menu } from '@mantine/core';
import { IconSelector } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import { useSession, useViewer } from '@/features/session/session-context';
import { Preferences } from './preferences';
import styles from './frame.module.css';

type Props = {
  /** Where whoever has signed out is sent. */
  home: string;
  /** On which side the menu opens. */
  side: 'start' | 'end';
  /** What this frame offers beside language, theme and signing out. */
  children?: ReactNode;
};

/** Who is signed in, and what is theirs. */
export function AccountMenu({ home, side, children }: Props) {
  const { t } = useText('common');
  const viewer = useViewer();
  const session = useSession();
  const signOut = async () => {
    await session.signOut();
    // Nothing of this user stays in memory.
    location.assign(home);
  };
  return (
    <Menu position={`bottom-${side}`} shadow="md" width={220}>
      <Menu.Target>
        <button type="button" className={styles.account} aria-label={t('account', { name: viewer.name })}>
          <Avatar name={viewer.name} size={24} />
          <span className={styles.name}>{viewer.name}</span>
          <IconSelector size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{viewer.email}</Menu.Label>
        {children}
        <Preferences />
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>{t('signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
