import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import { EmptyState, ErrorState, LoadingState } from './state';
import styles from './records.module.css';

export type Column<Row> = {
  /** Unique among the columns. */
  id: string;
  heading: string;
  /** The heading is for screen readers alone. */
  isHeadingHidden?: boolean;
  align?: 'right';
  /** Left out where there is little room. */
  isOptional?: boolean;
  cell: (row: Row) => ReactNode;
};

type TableProps<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** True for rows that are out of use. */
  isFaint?: (row: Row) => boolean;
};

/** A dense table of records, which scrolls sideways by itself where it is too wide. */
export function RecordTable<Row extends { id: string }>({ label, columns, rows, isFaint }: TableProps<Row>) {
  const kind = (column: Column<Row>) => ({
    // Buttons stay in reach while the rest scrolls.
    className: column.isHeadingHidden ? styles.actions : column.isOptional ? styles.optional : undefined,
    style: column.align ? { textAlign: column.align } : undefined,
  });
  return (
    // What scrolls can be scrolled by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.frame} role="group" aria-label={label} tabIndex={0}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" {...kind(column)}>
                <span className={column.isHeadingHidden ? 'visually-hidden' : undefined}>
                  {column.heading}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={isFaint?.(row) ? styles.faint : undefined}>
              {columns.map((column) => (
                <td key={column.id} {...kind(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type ListProps = {
  /** What was read; null while it is on its way. */
  rows: readonly unknown[] | null | undefined;
  failure: string | null;
  onRetry: () => void;
  empty: { title: string; text?: string; action?: ReactNode };
  /** A part of a page: where there is nothing, a line says so. */
  isPart?: boolean;
  hasMore?: boolean;
  isReading?: boolean;
  onMore?: () => void;
  children: ReactNode;
};

/** The states of a list: on its way, failed, empty, or there with a way to more of it. */
export function RecordList(props: ListProps) {
  const {
    rows,
    failure,
    onRetry,
    empty,
    isPart = false,
    hasMore = false,
    isReading = false,
    onMore,
    children,
  } = props;
  const { t } = useText('common');
  if (!rows)
    return failure === null ? <LoadingState lines={6} /> : <ErrorState code={failure} onRetry={onRetry} />;
  if (rows.length === 0 && isPart) {
    return (
      <p className={styles.empty}>
        <strong>{empty.title}.</strong> {empty.text}
      </p>
    );
  }
  if (rows.length === 0) {
    return (
      <EmptyState title={empty.title} action={empty.action}>
        {empty.text}
      </EmptyState>
    );
  }
  return (
    <>
      {children}
      {failure === null ? null : <ErrorState code={failure} onRetry={onRetry} />}
      {hasMore || (isReading && failure === null) ? (
        <div className={styles.more}>
          <Button variant="default" size="xs" loading={isReading} onClick={onMore}>
            {t('more')}
          </Button>
        </div>
      ) : null}
    </>
  );
}
