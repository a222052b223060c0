import { Link, useNavigate } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import { useCommands } from '@/lib/commands';
import type { Properties } from '../edit/use-edit-ticket';
import styles from './requester-card.module.css';

/** Who asked for help. */
export function RequesterCard({ requester }: { requester: Properties['requester'] }) {
  const { t } = useText('tickets');
  const navigate = useNavigate();
  useCommands([
    {
      id: 'ticket.requester',
      title: t('command.requester'),
      group: t('command.ticketGroup'),
      shortcut: 'shift+r',
      enabled: requester !== null,
      run: () => {
        if (requester) void navigate({ to: '/people/$personId', params: { personId: requester.id } });
      },
    },
  ]);
  if (!requester) return null;
  return (
    <section className={styles.card} aria-label={t('column.requester')}>
      <Avatar name={requester.name} size={28} />
      <div className={styles.lines}>
        <Link className={styles.name} to="/people/$personId" params={{ personId: requester.id }}>
          {requester.name}
        </Link>
        {requester.email ? (
          <a className={styles.email} href={`mailto:${requester.email}`}>
            {requester.email}
          </a>
        ) : null}
        {requester.organisation ? (
          <Link
            className={styles.dim}
            to="/organisations/$organisationId"
            params={{ organisationId: requester.organisation.id }}
          >
            {requester.organisation.name}
          </Link>
        ) : null}
      </div>
    </section>
  );
}
