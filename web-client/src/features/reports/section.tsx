import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import { csvOf, download } from './csv';
import styles from './reports.module.css';

export type Column<Row> = {
  name: string;
  /** As people read it. */
  show: (row: Row) => ReactNode;
  /** As a file has it: numbers without units, times in seconds. */
  raw: (row: Row) => string | number | null;
};

type Props<Row> = {
  title: string;
  /** Name of the file, without its ending. */
  file: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The table is wide and stands below the chart. */
  isWide?: boolean;
  children?: ReactNode;
};

/** A chart with its numbers beside it, which can be taken along. */
export function Section<Row>({ title, file, columns, rows, keyOf, isWide = false, children }: Props<Row>) {
  const { t } = useText('reports');
  const save = () =>
    download(
      `${file}.csv`,
      csvOf(
        columns.map((column) => column.name),
        rows.map((row) => columns.map((column) => column.raw(row))),
      ),
    );
  return (
    <section className={styles.section} aria-label={title}>
      <header className={styles.head}>
        <h2>{title}</h2>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconDownload size={14} aria-hidden />}
          aria-label={t('downloadOf', { title })}
          disabled={rows.length === 0}
          onClick={save}
        >
          {t('download')}
        </Button>
      </header>
      <div className={children && !isWide ? styles.pair : undefined}>
        {children}
        {/* What can be scrolled can be reached by keyboard. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div className={styles.scroll} tabIndex={0} role="group" aria-label={t('tableOf', { title })}>
          <table className={styles.table}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.name} scope="col">
                    {column.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={keyOf(row)}>
                  {columns.map((column, at) =>
                    at === 0 ? (
                      <th key={column.name} scope="row">
                        {column.show(row)}
                      </th>
                    ) : (
                      <td key={column.name}>{column.show(row) ?? '–'}</td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length === 0 ? <p className={styles.none}>{t('none')}</p> : null}
        </div>
      </div>
    </section>
  );
}
