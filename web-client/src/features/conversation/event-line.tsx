import { Trans, useTranslation } from 'react-i18next';
import { useText } from '@/i18n/use-text';
import { Age } from '@/components/marks';
import type { Timeline_eventFragment } from '@/graphql/generated/graphql';
import styles from './timeline.module.css';

type Change = Timeline_eventFragment['changes'][number];
type Props = { event: Timeline_eventFragment; nameOf: (id: string) => string | undefined };

/** One thing that was done to a ticket, in a line. */
export function EventLine({ event, nameOf }: Props) {
  const { t } = useText('conversation');
  const name = event.actor?.name ?? t('desk');
  return (
    <div className={styles.event}>
      <span>
        {event.changes.length > 0 ? (
          event.changes.map((change, index) => (
            <span key={change.field}>
              {index > 0 ? ' · ' : null}
              <ChangeText change={change} name={name} nameOf={nameOf} />
            </span>
          ))
        ) : (
          <Trans t={t} i18nKey={eventKey(event.kind)} values={{ name }} components={{ b: <strong /> }} />
        )}
        {event.reason ? `: ${event.reason}` : null}
      </span>
      <Age time={event.occurredAt} words />
    </div>
  );
}

function ChangeText({ change, name, nameOf }: { change: Change; name: string; nameOf: Props['nameOf'] }) {
  const { t } = useTranslation(['conversation', 'common']);
  const key = changeKey(change);
  const value = (raw: string | null) => {
    if (raw === null || raw === '') return t('conversation:nothing');
    const upper = raw.toUpperCase();
    if (change.field === 'status' && isStatus(upper)) return t(`common:status.${upper}`);
    if (change.field === 'priority' && isPriority(upper)) return t(`common:priority.${upper}`);
    return raw
      .split(',')
      .map((one) => nameOf(one.trim()) ?? one.trim())
      .join(', ');
  };
  return (
    <Trans
      t={t}
      i18nKey={key}
      values={{ name, from: value(change.from), to: value(change.to), field: change.field }}
      components={{ b: <strong /> }}
    />
  );
}

function changeKey(change: Change) {
  switch (change.field) {
    case 'status':
      return 'conversation:change.status';
    case 'priority':
      return 'conversation:change.priority';
    case 'subject':
      return 'conversation:change.subject';
    case 'queue':
      return 'conversation:change.queue';
    case 'category':
      return change.to === null ? 'conversation:change.noCategory' : 'conversation:change.category';
    case 'assignee':
      return change.to === null ? 'conversation:change.noAssignee' : 'conversation:change.assignee';
    case 'tags':
      return 'conversation:change.tags';
    default:
      return 'conversation:change.other';
  }
}

function eventKey(kind: Timeline_eventFragment['kind']) {
  switch (kind) {
    case 'SUGGESTION_DECIDED':
      return 'event.suggestionDecided';
    case 'TICKET_MERGED':
      return 'event.merged';
    case 'TICKET_DELETED':
      return 'event.deleted';
    case 'TICKET_RESTORED':
      return 'event.restored';
    default:
      return 'event.other';
  }
}

function isStatus(text: string): text is 'OPEN' | 'PENDING' | 'SOLVED' | 'CLOSED' {
  return ['OPEN', 'PENDING', 'SOLVED', 'CLOSED'].includes(text);
}

function isPriority(text: string): text is 'URGENT' | 'HIGH' | 'NORMAL' | 'LOW' {
  return ['URGENT', 'HIGH', 'NORMAL', 'LOW'].includes(text);
}
