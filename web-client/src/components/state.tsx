import { IconAlertTriangle, IconInbox } from '@tabler/icons-react';
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import styles from './state.module.css';

/** What a page shows while its data is on the way: calm bars where lines will be. */
export function LoadingState({ lines = 8 }: { lines?: number }) {
  const { t } = useText('common');
  return (
    <div className={styles.bars} role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={styles.bar} style={{ width: `${94 - ((line * 37) % 46)}%` }} />
      ))}
    </div>
  );
}

type EmptyProps = { title: string; children?: ReactNode; action?: ReactNode; icon?: ReactNode };

/** Nothing here, why, and what to do next. */
export function EmptyState({ title, children, action, icon }: EmptyProps) {
  return (
    <div className={styles.state}>
      <span className={styles.icon}>{icon ?? <IconInbox size={28} stroke={1.5} aria-hidden />}</span>
      <div className={styles.title}>{title}</div>
      {children ? <p className={styles.text}>{children}</p> : null}
      {action}
    </div>
  );
}

type ErrorProps = { code: string; onRetry?: () => void };

/** It did not work, why in words a user can act on, and a way to try again. */
export function ErrorState({ code, onRetry }: ErrorProps) {
  const { t } = useText('common');
  return (
    <div className={styles.state} role="alert">
      <span className={styles.icon}>
        <IconAlertTriangle size={28} stroke={1.5} aria-hidden />
      </span>
      <div className={styles.title}>{t('error.title')}</div>
      <p className={styles.text}>{t(errorKey(code))}</p>
      {onRetry ? (
        <Button variant="default" size="xs" onClick={onRetry}>
          {t('error.retry')}
        </Button>
      ) : null}
    </div>
  );
}

const KNOWN = [
  'NETWORK',
  'FORBIDDEN',
  'NOT_FOUND',
  'SERVICE_UNAVAILABLE',
  'TIMEOUT',
  'RATE_LIMITED',
] as const;

/** The text for a code of `codeOf`. */
export function errorKey(code: string): `error.code.${(typeof KNOWN)[number] | 'OTHER'}` {
  const known = KNOWN.find((one) => one === code);
  return `error.code.${known ?? 'OTHER'}`;
}
