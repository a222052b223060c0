import { useText } from '@/i18n/use-text';
import { useLive } from '@/graphql/context';
import { useStore } from '@/lib/store';
import { useFormats, useNow } from '@/lib/time';
import styles from './shell.module.css';

/** Whether what is shown is what is: live, catching up, or offline and how old. */
export function HealthMark() {
  const { t } = useText('common');
  const { state, newestAt } = useStore(useLive().health);
  const formats = useFormats();
  const now = useNow(state !== 'live');
  const text =
    state === 'offline' && newestAt !== null
      ? t('health.offlineSince', { age: formats.ago(newestAt, now) })
      : t(`health.${state}`);
  return (
    <div className={styles.health} data-state={state} role="status" title={t(`health.help.${state}`)}>
      <span className={styles.light} aria-hidden />
      {text}
    </div>
  );
}
