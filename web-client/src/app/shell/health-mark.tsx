import { Tooltip } from '@mantine/core';
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
  const age = newestAt === null ? null : formats.ago(newestAt, now);
  const text = state === 'offline' && age !== null ? t('health.offlineSince', { age }) : t(`health.${state}`);
  return (
    <Tooltip label={t(`health.help.${state}`)} multiline w={240}>
      <div className={styles.health} data-state={state} role="status">
        <span className={styles.light} aria-hidden />
        {text}
      </div>
    </Tooltip>
  );
}
