import { IconSelector } from '@tabler/icons-react';
import { useText } from '@/i18n/use-text';
import { ButtonMenu, type MenuPart } from '@/components/button-menu';
import { Avatar } from '@/components/marks';
import { useSession, useViewer } from '@/features/session/session-context';
import { usePreferenceParts } from './preferences';
import styles from './frame.module.css';

type Props = {
  /** Where whoever has signed out is sent. */
  home: string;
  /** On which side the menu opens. */
  side: 'start' | 'end';
  /** What this frame offers beside language, theme and signing out. */
  own?: () => readonly MenuPart[];
};

/** Who is signed in, and what is theirs. */
export function AccountMenu({ home, side, own }: Props) {
  const { t } = useText('common');
  const viewer = useViewer();
  const session = useSession();
  const preferenceParts = usePreferenceParts();
  const signOut = async () => {
    await session.signOut();
    // Nothing of this user stays in memory.
    location.assign(home);
  };
  return (
    <ButtonMenu
      position={`bottom-${side}`}
      width={220}
      button={
        <button type="button" className={styles.account} aria-label={t('account', { name: viewer.name })}>
          <Avatar name={viewer.name} size={24} />
          <span className={styles.name}>{viewer.name}</span>
          <IconSelector size={14} aria-hidden />
        </button>
      }
      parts={() => [
        { kind: 'heading', text: viewer.email ?? viewer.name },
        ...(own?.() ?? []),
        ...preferenceParts(),
        { kind: 'line' },
        { kind: 'action', text: t('signOut'), run: () => void signOut() },
      ]}
    />
  );
}
