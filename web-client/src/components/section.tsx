import type { ReactNode } from 'react';
import styles from './section.module.css';

type Props = { title: string; text?: string; action?: ReactNode; children: ReactNode };

/** One part of a page, with what can be done with it. */
export function Section({ title, text, action, children }: Props) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}>
        <div>
          <h2>{title}</h2>
          {text ? <p>{text}</p> : null}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
