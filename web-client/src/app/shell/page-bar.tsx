import type { ReactNode } from 'react';
import styles from './shell.module.css';

/** The line above a page: what it is, and what can be done with it. */
export function PageBar({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className={styles.bar}>
      <h1 className={styles.title}>{title}</h1>
      <div className={styles.actions}>{children}</div>
    </header>
  );
}
