import { Modal } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { useText } from '@/i18n/use-text';
import { Keys } from '@/components/marks';
import { currentCommands, type Command } from '@/lib/commands';
import styles from './shortcut-sheet.module.css';

type Props = { opened: boolean; onClose: () => void };

/** All keys that count on the page behind. */
export default function ShortcutSheet({ opened, onClose }: Props) {
  const { t } = useText('common');
  // A dialog gives the focus back only if it was there, closed, before.
  const isMounted = useMounted();
  return (
    <Modal
      opened={opened && isMounted}
      onClose={onClose}
      title={t('command.shortcuts')}
      size={720}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Content />
    </Modal>
  );
}

function Content() {
  const groups = new Map<string, Command[]>();
  for (const command of currentCommands()) {
    if (command.shortcut !== undefined)
      groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  return (
    <div className={styles.groups}>
      {[...groups].map(([group, commands]) => (
        <section key={group} className={styles.group}>
          <h3>{group}</h3>
          <dl>
            {commands.map(({ id, title, shortcut }) => (
              <div key={id} className={styles.line}>
                <dt>{title}</dt>
                <dd>{shortcut ? <Keys shortcut={shortcut} /> : null}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
