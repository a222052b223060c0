import type { ReactNode } from 'react';
import styles from './section.module.css';

type HeadProps = { title: string; text?: string; children?: ReactNode };

/** What a part of a page is about, and what can be done with it. */
export function SectionHead({ title, text, children }: HeadProps) {
  return (
    <div className={styles.head}>
      <div>
        <h2>{title}</h2>
        {text ? <p>{text}</p> : null}
      </div>
      {children}
    </div>
  );
}

type Props = { title: string; text?: string; action?: ReactNode; children: ReactNode };

/** One part of a page. */
export function Section({ title, text, action, children }: Props) {
  return (
    <section className={styles.section} aria-label={title}>
      <SectionHead title={title} {...(text ? { text } : {})}>
        {action}
      </SectionHead>
      {children}
    </section>
  );
}
