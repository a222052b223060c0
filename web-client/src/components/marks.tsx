import { useTranslation } from 'react-i18next';
import { useText } from '@/i18n/use-text';
import type { TicketPriority, TicketStatus } from '@/graphql/generated/graphql';
import { keysOf, type Shortcut } from '@/lib/shortcuts';
import { formatsOf, useNow, type Formats } from '@/lib/time';
import styles from './marks.module.css';

type StatusProps = { status: TicketStatus; bare?: boolean };

/** A status as a shape with its name: it can be read without its colour. */
export function StatusMark(props: StatusProps) {
  const { t } = useText('common');
  return <StatusSign {...props} name={t(`status.${props.status}`)} />;
}

/** The same with a name that is known already: one that others use, or for rows, which look up all their texts at once. */
export function StatusSign({ status, bare = false, name }: StatusProps & { name: string }) {
  return (
    <span className={`${styles.mark} ${styles[status] ?? ''}`} {...(bare ? { title: name } : {})}>
      <svg width="14" height="14" viewBox="0 0 14 14" fill="none" aria-hidden>
        <StatusShape status={status} />
      </svg>
      {bare ? <span className="visually-hidden">{name}</span> : <span className={styles.label}>{name}</span>}
    </span>
  );
}

function StatusShape({ status }: { status: TicketStatus }) {
  switch (status) {
    case 'OPEN':
      return <circle cx="7" cy="7" r="5.2" stroke="currentColor" strokeWidth="1.8" />;
    case 'PENDING':
      return (
        <>
          <circle cx="7" cy="7" r="5.2" stroke="currentColor" strokeWidth="1.8" strokeDasharray="2.4 1.7" />
          <path d="M7 4v3l2 1.4" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
        </>
      );
    case 'SOLVED':
      return (
        <>
          <circle cx="7" cy="7" r="6.1" fill="currentColor" />
          <path d="M4.3 7.2 6.2 9l3.5-3.8" stroke="var(--ground)" strokeWidth="1.6" strokeLinecap="round" />
        </>
      );
    case 'CLOSED':
      return (
        <>
          <circle cx="7" cy="7" r="6.1" fill="currentColor" />
          <path d="m5 5 4 4m0-4L5 9" stroke="var(--ground)" strokeWidth="1.5" strokeLinecap="round" />
        </>
      );
  }
}

/** Bars from the first to before the last as one shape. */
function bars(first: number, last: number): string {
  const bar = (at: number) => `M${0.5 + at * 3.4} 13v-${3.5 + at * 2.6}h2.4V13z`;
  return [0, 1, 2, 3].slice(first, last).map(bar).join('');
}

const lit = (count: number) => ({ on: bars(0, count), off: bars(count, 4) });
const BARS: Record<TicketPriority, { on: string; off: string }> = {
  LOW: lit(1),
  NORMAL: lit(2),
  HIGH: lit(3),
  URGENT: lit(4),
};

type PriorityProps = { priority: TicketPriority; bare?: boolean };

/** A priority as one to four bars with its name. */
export function PriorityMark(props: PriorityProps) {
  const { t } = useText('common');
  return <PrioritySign {...props} name={t(`priority.${props.priority}`)} />;
}

/** The same with a name that is known already. */
export function PrioritySign({ priority, bare = false, name }: PriorityProps & { name: string }) {
  return (
    <span className={`${styles.mark} ${styles[priority] ?? ''}`} {...(bare ? { title: name } : {})}>
      <svg width="14" height="14" viewBox="0 0 14 14" fill="currentColor" aria-hidden>
        <path d={BARS[priority].on} />
        <path d={BARS[priority].off} opacity="0.25" />
      </svg>
      {bare ? <span className="visually-hidden">{name}</span> : <span className={styles.label}>{name}</span>}
    </span>
  );
}

/** The keys of a shortcut as they stand on the keyboard. */
export function Keys({ shortcut }: { shortcut: Shortcut }) {
  const { t } = useText('common');
  return (
    <span className={styles.keys}>
      {keysOf(shortcut).map((step, index) => (
        <span key={index} className={styles.keys}>
          {index > 0 ? <span className={styles.then}>{t('then')}</span> : null}
          {step.map((key) => (
            <kbd key={key} className={styles.key}>
              {key}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}

type AgeProps = { time: string; words?: boolean };

/** How long ago something was, short or in words, with the exact time at hand. */
export function Age(props: AgeProps) {
  const { i18n } = useTranslation();
  return <AgeIn {...props} formats={formatsOf(i18n.language)} />;
}

/** The same in formats that are known already. */
export function AgeIn({ time, words = false, formats }: AgeProps & { formats: Formats }) {
  const now = useNow();
  return (
    <time
      dateTime={time}
      // Only then: a list would write out hundreds that nobody looks at.
      onPointerEnter={(event) => {
        event.currentTarget.title = formats.dateTime(time);
      }}
    >
      {words ? formats.ago(time, now) : formats.age(time, now)}
    </time>
  );
}

/** A person's initials. The name stands beside it, so it is for the eye alone. */
export function Avatar({ name, size = 20 }: { name: string; size?: number }) {
  const words = name.trim().split(/\s+/);
  const initials = [words[0], words.length > 1 ? words[words.length - 1] : undefined]
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
  return (
    <span
      className={styles.avatar}
      style={{ width: size, height: size, fontSize: size * 0.42 }}
      data-initials={initials}
      aria-hidden
    />
  );
}
