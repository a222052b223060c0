import type { ReactNode } from 'react';
import styles from './admin.module.css';

/** What a part of the administration is for, and what can be made new in it. */
export function SectionHead({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <div className={styles.head}>
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      {children}
    </div>
  );
}
