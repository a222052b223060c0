import { Modal } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useText } from '@/i18n/use-text';
import { Keys } from '@/components/marks';
import { commandChanges, currentCommands, findCommands, type Command } from '@/lib/commands';
import { useStore } from '@/lib/store';
import styles from './palette.module.css';

type Props = { opened: boolean; onClose: () => void };

/** Everything that can be done now, found by its name. */
export default function Palette({ opened, onClose }: Props) {
  const { t } = useText('common');
  // A dialog gives the focus back only if it was there, closed, before.
  const isMounted = useMounted();
  return (
    <Modal
      opened={opened && isMounted}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size={560}
      yOffset="12vh"
      transitionProps={{ duration: 80 }}
      attributes={{ content: { 'aria-label': t('command.palette') } }}
    >
      <Content onClose={onClose} />
    </Modal>
  );
}

function Content({ onClose }: { onClose: () => void }) {
  const { t } = useText('common');
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const changes = useStore(commandChanges);
  // What there is changes with the page behind, which stays as it is while this is open.
  const commands = useMemo(
    () => currentCommands().filter((command) => command.inPalette !== false),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the registry is outside React
    [changes],
  );
  const more = useFound(typed);
  const found = useMemo(() => [...rank(commands, typed), ...more], [commands, typed, more]);
  const current = Math.min(at, found.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    // After the dialog has given the focus back.
    setTimeout(command.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = (current + step + found.length) % Math.max(1, found.length);
      setAt(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[current]);
    }
  };
  return (
    <>
      <input
        className={styles.field}
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={found.length > 0 ? `${listId}-${current}` : undefined}
        aria-label={t('command.palette')}
        placeholder={t('command.placeholder')}
        data-autofocus
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label={t('command.palette')} className={styles.list}>
        {found.map((command, index) => (
          // The field above has the focus and the keys.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={command.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={styles.option}
            onPointerMove={() => setAt(index)}
            onClick={() => run(command)}
          >
            <span className={styles.group}>{command.group}</span>
            <span className={styles.title}>{command.title}</span>
            {command.shortcut ? <Keys shortcut={command.shortcut} /> : null}
          </div>
        ))}
      </div>
      {found.length === 0 ? (
        <p className={styles.none} role="status">
          {t('command.nothing', { typed })}
        </p>
      ) : null}
    </>
  );
}

/** Nothing is asked between two quick keys. */
const PAUSE_MS = 150;

/** What sources know of the words, as soon as they have answered; what they said before until then. */
function useFound(typed: string): readonly Command[] {
  const [found, setFound] = useState<readonly Command[]>([]);
  const words = typed.trim();
  useEffect(() => {
    const over = new AbortController();
    const timer = setTimeout(
      () => {
        void (words === '' ? Promise.resolve([]) : findCommands(words, over.signal)).then((more) => {
          if (!over.signal.aborted) setFound(more);
        });
      },
      words === '' ? 0 : PAUSE_MS,
    );
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [words]);
  return found;
}

/** Commands that have all the words, those whose title begins with them first. */
function rank(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return commands;
  const score = ({ title, group }: Command) => {
    const name = title.toLocaleLowerCase();
    const all = `${name} ${group.toLocaleLowerCase()}`;
    if (!words.every((word) => all.includes(word))) return -1;
    return (name.startsWith(words[0] ?? '') ? 2 : 0) + (words.every((word) => name.includes(word)) ? 1 : 0);
  };
  return commands
    .map((command) => ({ command, points: score(command) }))
    .filter(({ points }) => points >= 0)
    .sort((a, b) => b.points - a.points)
    .map(({ command }) => command);
}
