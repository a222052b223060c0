import { useText } from '@/i18n/use-text';
import { mentionedIn, piecesOf, type Colleague } from './mentions';
import styles from './timeline.module.css';

/** A text in which whom it calls to the ticket stands out; whom it does not name stands below. */
export function MentionedText({ body, mentions }: { body: string; mentions: readonly Colleague[] }) {
  const { t } = useText('conversation');
  const named = mentionedIn(body, mentions);
  const others = mentions.filter((one) => !named.includes(one)).map(({ name }) => name);
  return (
    <>
      {piecesOf(body, mentions).map(({ text, of }, at) =>
        of ? (
          <span key={at} className={styles.mention}>
            <span className="visually-hidden">{t('mention')} </span>
            {text}
          </span>
        ) : (
          text
        ),
      )}
      {others.length > 0 ? (
        <span className={styles.mentioned}>{t('mentioned', { names: others.join(', ') })}</span>
      ) : null}
    </>
  );
}
