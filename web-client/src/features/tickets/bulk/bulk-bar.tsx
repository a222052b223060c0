import { ActionIcon, Button, Modal, Progress } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useQuery } from 'urql';
import { PriorityMark, StatusMark } from '@/components/marks';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { useText } from '@/i18n/use-text';
import { useCommands } from '@/lib/commands';
import { useStore } from '@/lib/store';
import type { Edit } from '../edit/edit-ticket';
import { PropertyMenu } from '../edit/property-menu';
import { TicketChoices } from '../list/choices';
import type { KeptList } from '../list/kept-lists';
import { PRIORITIES, STATUSES } from '../list/search';
import styles from './bulk-bar.module.css';
import { useBulkEdit, type Bulk, type Failure } from './use-bulk-edit';

type Props = { kept: KeptList; viewerId: string };

const NOBODY = 'nobody';

/** What can be done with the tickets that are selected, and how far it is. */
export default function BulkBar({ kept, viewerId }: Props) {
  const { t } = useText('tickets');
  const selected = useStore(kept.selection);
  const { bulk, run, stop, close } = useBulkEdit();
  const [isShown, setShown] = useState(false);
  const clear = () => kept.selection.set(new Set());
  const apply = (edit: Edit) => void run([...selected], edit);
  useCommands([
    {
      id: 'selection.clear',
      title: t('command.clearSelection'),
      group: t('command.selectionGroup'),
      shortcut: 'esc',
      enabled: selected.size > 0,
      run: clear,
    },
    {
      id: 'selection.assignToMe',
      title: t('command.assignToMe'),
      group: t('command.selectionGroup'),
      shortcut: 'i',
      enabled: selected.size > 0 && bulk?.isRunning !== true,
      run: () => apply({ field: 'assignee', value: viewerId }),
    },
  ]);
  if (bulk) {
    return (
      <>
        <Outcome bulk={bulk} onStop={stop} onShow={() => setShown(true)} onClose={close} />
        <Failures
          opened={isShown}
          failures={bulk.failures}
          numberOf={(id) => kept.list.numberOf(id)}
          onClose={() => setShown(false)}
          onRetry={() => {
            setShown(false);
            void run(
              bulk.failures.map((failure) => failure.id),
              bulk.edit,
            );
          }}
        />
      </>
    );
  }
  if (selected.size === 0) return null;
  return (
    <div className={styles.bar} role="toolbar" aria-label={t('bulk.label')}>
      <strong className={styles.count}>{t('bulk.selected', { count: selected.size })}</strong>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => apply({ field: 'assignee', value: viewerId })}
      >
        {t('command.assignToMe')}
      </Button>
      <Menus onEdit={apply} />
      <ActionIcon
        variant="subtle"
        color="gray"
        ml="auto"
        aria-label={t('command.clearSelection')}
        onClick={clear}
      >
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}

function Menus({ onEdit }: { onEdit: (edit: Edit) => void }) {
  const { t } = useText('tickets');
  const [{ data }] = useQuery({ query: TicketChoices });
  const group = t('command.selectionGroup');
  const command = (id: string, title: string, shortcut: string) => ({
    command: { id: `selection.${id}`, title, group, shortcut },
    className: styles.menu,
    chosen: [],
  });
  const named = (list: readonly { id: string; name: string }[] | undefined) =>
    (list ?? []).map((one) => ({ value: one.id, text: one.name }));
  const orNull = (value: string) => (value === NOBODY ? null : value);
  return (
    <>
      <PropertyMenu
        {...command('status', t('command.status'), 's')}
        name={t('column.status')}
        options={STATUSES.map((one) => ({
          value: one,
          text: t(`common:status.${one}`),
          label: <StatusMark status={one} />,
        }))}
        onChoose={(value) => {
          const status = STATUSES.find((one) => one === value);
          if (status) onEdit({ field: 'status', value: status });
        }}
      >
        {t('column.status')}
      </PropertyMenu>
      <PropertyMenu
        {...command('priority', t('command.priority'), 'p')}
        name={t('column.priority')}
        options={PRIORITIES.map((one) => ({
          value: one,
          text: t(`common:priority.${one}`),
          label: <PriorityMark priority={one} />,
        }))}
        onChoose={(value) => {
          const priority = PRIORITIES.find((one) => one === value);
          if (priority) onEdit({ field: 'priority', value: priority });
        }}
      >
        {t('column.priority')}
      </PropertyMenu>
      <PropertyMenu
        {...command('assignee', t('command.assignee'), 'm')}
        name={t('column.assignee')}
        options={[{ value: NOBODY, text: t('row.nobody') }, ...named(data?.users.nodes)]}
        onChoose={(value) => onEdit({ field: 'assignee', value: orNull(value) })}
      >
        {t('column.assignee')}
      </PropertyMenu>
      <PropertyMenu
        {...command('category', t('command.category'), 'l')}
        name={t('column.category')}
        options={[{ value: NOBODY, text: t('edit.none') }, ...named(data?.categories)]}
        onChoose={(value) => onEdit({ field: 'category', value: orNull(value) })}
      >
        {t('column.category')}
      </PropertyMenu>
      <PropertyMenu
        {...command('queue', t('command.queue'), 'q')}
        name={t('column.queue')}
        options={named(data?.queues)}
        onChoose={(value) => onEdit({ field: 'queue', value })}
      >
        {t('column.queue')}
      </PropertyMenu>
      <PropertyMenu
        {...command('tags', t('command.tag'), 't')}
        name={t('column.tags')}
        options={(data?.tags ?? []).map((tag) => ({ value: tag.name, text: tag.name }))}
        onCreate={(name) => onEdit({ field: 'tags', add: [name], remove: [] })}
        onChoose={(name) => onEdit({ field: 'tags', add: [name], remove: [] })}
      >
        {t('column.tags')}
      </PropertyMenu>
    </>
  );
}

type OutcomeProps = { bulk: Bulk; onStop: () => void; onShow: () => void; onClose: () => void };

function Outcome({ bulk, onStop, onShow, onClose }: OutcomeProps) {
  const { t } = useText('tickets');
  const { done, total, failures, isRunning } = bulk;
  const changed = done - failures.length;
  return (
    <div className={styles.bar} role="status">
      <Progress
        className={styles.progress}
        value={(done / Math.max(1, total)) * 100}
        aria-label={t('bulk.progress')}
      />
      <span>{isRunning ? t('bulk.running', { done, total }) : t('bulk.changed', { count: changed })}</span>
      {failures.length > 0 ? (
        <Button size="compact-sm" variant="default" color="red" onClick={onShow}>
          {t('bulk.failed', { count: failures.length })}
        </Button>
      ) : null}
      {isRunning ? (
        <Button size="compact-sm" variant="default" ml="auto" onClick={onStop}>
          {t('bulk.stop')}
        </Button>
      ) : (
        <Button size="compact-sm" variant="default" ml="auto" onClick={onClose}>
          {t('bulk.done')}
        </Button>
      )}
    </div>
  );
}

type FailuresProps = {
  opened: boolean;
  failures: readonly Failure[];
  numberOf: (id: string) => number | undefined;
  onClose: () => void;
  onRetry: () => void;
};

function Failures({ opened, failures, numberOf, onClose, onRetry }: FailuresProps) {
  const { t } = useText('tickets');
  const mistakeText = useMistakeText();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('bulk.failed', { count: failures.length })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <ul className={styles.failures}>
        {failures.map(({ id, mistake, code }) => (
          <li key={id}>
            <strong>#{numberOf(id)}</strong>{' '}
            {mistake ? mistakeText(mistake) : t(`common:${errorKey(code ?? 'INTERNAL')}`)}
          </li>
        ))}
      </ul>
      <Button size="xs" onClick={onRetry}>
        {t('bulk.retry')}
      </Button>
    </Modal>
  );
}
