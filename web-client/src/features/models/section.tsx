import type { ReactNode } from 'react';
import styles from './models.module.css';

type Props = { title: string; text?: string; action?: ReactNode; children: ReactNode };

/** One part of a page about models. */
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

/** The page of one version. */
export function pathOfVersion(id: string) {
  return { to: '/models/versions/$versionId', params: { versionId: id } } as const;
}
