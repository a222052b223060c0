import { Link } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import type { Properties } from '../edit/use-edit-ticket';
import styles from './requester-card.module.css';

/** Who asked for help. */
export function RequesterCard({ requester }: { requester: Properties['requester'] }) {
  const { t } = useText('tickets');
  if (!requester) return null;
  return (
    <section className={styles.card} aria-label={t('column.requester')}>
      <Avatar name={requester.name} size={28} />
      <div className={styles.lines}>
        <span className={styles.name}>{requester.name}</span>
        {requester.email ? (
          <a className={styles.email} href={`mailto:${requester.email}`}>
            {requester.email}
          </a>
        ) : null}
        {requester.organisation ? <span className={styles.dim}>{requester.organisation.name}</span> : null}
        <Link to="/tickets" search={{ status: 'all', requester: requester.id }}>
          {t('requester.tickets')}
        </Link>
      </div>
    </section>
  );
}
