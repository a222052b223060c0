import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import styles from './composer.module.css';
import type { Mentions } from './use-mentions';

/** Whom to mention; the field keeps the focus and the keys. */
export function MentionList({ id, offered, at, choose }: Mentions) {
  const { t } = useText('conversation');
  if (offered.length === 0) return null;
  return (
    <div id={id} role="listbox" aria-label={t('mentionWhom')} className={styles.mentions}>
      {offered.map((colleague, index) => (
        // The field has the focus and the keys.
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events
        <div
          key={colleague.id}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          className={styles.mention}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => choose(colleague)}
        >
          <Avatar name={colleague.name} size={20} />
          {colleague.name}
        </div>
      ))}
    </div>
  );
}
