import { Button } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useRef } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { Age, Avatar, PriorityMark, StatusMark } from '@/components/marks';
import { useCommands } from '@/lib/commands';
import { TicketChoices } from '../list/choices';
import { PRIORITIES, STATUSES } from '../list/search';
import type { Edit } from './edit-ticket';
import { PropertyMenu, type Option } from './property-menu';
import styles from './properties.module.css';
import type { Properties as Ticket } from './use-edit-ticket';

type Props = {
  ticket: Ticket;
  viewerId: string;
  canEdit: boolean;
  onEdit: (seen: Ticket, edit: Edit) => void;
  onClaim: () => void;
};

const NOBODY = 'nobody';

/** The properties of a ticket, each of which is changed where it stands. */
export function Properties({ ticket, viewerId, canEdit, onEdit, onClaim }: Props) {
  const { t } = useText('tickets');
  const [{ data }] = useQuery({ query: TicketChoices });
  // What the agent had before their eyes when they began to choose.
  const seen = useRef(ticket);
  const begin = () => {
    seen.current = ticket;
  };
  const edit = (change: Edit) => onEdit(seen.current, change);
  const people = (data?.users.nodes ?? []).map((user): Option => ({
    value: user.id,
    text: user.name,
    label: (
      <>
        <Avatar name={user.name} size={18} /> {user.name}
      </>
    ),
  }));
  const none = (text: string): Option => ({ value: NOBODY, text });
  const orNull = (value: string) => (value === NOBODY ? null : value);
  const shared = { disabled: !canEdit, onOpen: begin };

  const group = t('command.ticketGroup');
  const opens = (id: string, title: string, shortcut: string) => ({
    command: { id, title, group, shortcut },
  });
  useCommands([
    {
      id: 'ticket.claim',
      title: t('command.claim'),
      group,
      shortcut: 'c',
      enabled: canEdit && ticket.assignee === null,
      run: onClaim,
    },
    {
      id: 'ticket.assignToMe',
      title: t('command.assignToMe'),
      group,
      shortcut: 'i',
      enabled: canEdit && ticket.assignee !== null && ticket.assignee.id !== viewerId,
      run: () => onEdit(ticket, { field: 'assignee', value: viewerId }),
    },
  ]);

  return (
    <dl className={styles.list}>
      <dt>{t('column.status')}</dt>
      <dd>
        <PropertyMenu
          {...shared}
          {...opens('ticket.status', t('command.status'), 's')}
          name={t('column.status')}
          chosen={[ticket.status]}
          options={STATUSES.map((status) => ({
            value: status,
            text: t(`common:status.${status}`),
            label: <StatusMark status={status} />,
          }))}
          onChoose={(value) => {
            const status = STATUSES.find((one) => one === value);
            if (status) edit({ field: 'status', value: status });
          }}
        >
          <StatusMark status={ticket.status} />
        </PropertyMenu>
      </dd>
      <dt>{t('column.priority')}</dt>
      <dd>
        <PropertyMenu
          {...shared}
          {...opens('ticket.priority', t('command.priority'), 'p')}
          name={t('column.priority')}
          chosen={[ticket.priority]}
          options={PRIORITIES.map((one) => ({
            value: one,
            text: t(`common:priority.${one}`),
            label: <PriorityMark priority={one} />,
          }))}
          onChoose={(value) => {
            const priority = PRIORITIES.find((one) => one === value);
            if (priority) edit({ field: 'priority', value: priority });
          }}
        >
          <PriorityMark priority={ticket.priority} />
          {ticket.priorityOrigin === 'MODEL' ? (
            <span className={styles.origin}>{t('edit.byModel')}</span>
          ) : null}
        </PropertyMenu>
      </dd>
      <dt>{t('column.assignee')}</dt>
      <dd className={styles.beside}>
        <PropertyMenu
          {...shared}
          {...opens('ticket.assignee', t('command.assignee'), 'm')}
          name={t('column.assignee')}
          chosen={[ticket.assignee?.id ?? NOBODY]}
          options={[none(t('row.nobody')), ...people]}
          onChoose={(value) => edit({ field: 'assignee', value: orNull(value) })}
        >
          {ticket.assignee ? (
            <>
              <Avatar name={ticket.assignee.name} size={18} />
              {ticket.assignee.name}
            </>
          ) : (
            <span className={styles.none}>{t('row.nobody')}</span>
          )}
        </PropertyMenu>
        {ticket.assignee === null && canEdit ? (
          <Button
            size="compact-xs"
            variant="light"
            style={{ flex: 'none' }}
            leftSection={<IconHandStop size={13} aria-hidden />}
            onClick={onClaim}
          >
            {t('edit.claim')}
          </Button>
        ) : null}
      </dd>
      <dt>{t('column.category')}</dt>
      <dd>
        <PropertyMenu
          {...shared}
          {...opens('ticket.category', t('command.category'), 'l')}
          name={t('column.category')}
          chosen={[ticket.category?.id ?? NOBODY]}
          options={[
            none(t('edit.none')),
            ...(data?.categories ?? []).map((one) => ({ value: one.id, text: one.name })),
          ]}
          onChoose={(value) => edit({ field: 'category', value: orNull(value) })}
        >
          {ticket.category?.name ?? <span className={styles.none}>{t('edit.none')}</span>}
          {ticket.categoryOrigin === 'MODEL' ? (
            <span className={styles.origin}>{t('edit.byModel')}</span>
          ) : null}
        </PropertyMenu>
      </dd>
      <dt>{t('column.queue')}</dt>
      <dd>
        <PropertyMenu
          {...shared}
          {...opens('ticket.queue', t('command.queue'), 'q')}
          name={t('column.queue')}
          chosen={ticket.queue ? [ticket.queue.id] : []}
          options={(data?.queues ?? []).map((one) => ({ value: one.id, text: one.name }))}
          onChoose={(value) => edit({ field: 'queue', value })}
        >
          {ticket.queue?.name}
        </PropertyMenu>
      </dd>
      <dt>{t('column.tags')}</dt>
      <dd>
        <PropertyMenu
          {...shared}
          isMultiple
          {...opens('ticket.tags', t('command.tags'), 't')}
          name={t('column.tags')}
          chosen={ticket.tags.map((tag) => tag.name)}
          options={(data?.tags ?? []).map((one) => ({ value: one.name, text: one.name }))}
          onCreate={(name) => onEdit(ticket, { field: 'tags', add: [name], remove: [] })}
          onChoose={(name) => {
            const isOn = ticket.tags.some((tag) => tag.name === name);
            onEdit(ticket, { field: 'tags', add: isOn ? [] : [name], remove: isOn ? [name] : [] });
          }}
        >
          {ticket.tags.length > 0 ? (
            <span className={styles.tags}>
              {ticket.tags.map((tag) => (
                <span key={tag.id} className={styles.tag}>
                  {tag.name}
                </span>
              ))}
            </span>
          ) : (
            <span className={styles.none}>{t('edit.none')}</span>
          )}
        </PropertyMenu>
      </dd>
      <dt>{t('column.age')}</dt>
      <dd className={styles.value} style={{ cursor: 'default' }}>
        <Age time={ticket.createdAt} words />
      </dd>
    </dl>
  );
}
