import { useFormats } from '@/lib/time';
import styles from './charts.module.css';

export type Confusion = { labels: readonly string[]; count: (truth: string, suggested: string) => number };

type Props = {
  label: string;
  corner: string;
  confusion: Confusion;
  nameOf: (label: string) => string;
  /** A column's name for screen readers and under the pointer. */
  columnName: (suggested: string) => string;
};

/**
 * What was right by row, what was suggested by column. Rows and columns have numbers, so that forty of them can be read;
 * the shade is the share of the row, and head and first column stay while it scrolls.
 */
export function ConfusionMatrix({ label, corner, confusion, nameOf, columnName }: Props) {
  const formats = useFormats();
  const { labels, count } = confusion;
  return (
    // A region that scrolls has to be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.matrix} role="group" aria-label={label} tabIndex={0}>
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {labels.map((suggested, at) => (
              <th key={suggested} scope="col" title={columnName(suggested)}>
                <span aria-hidden>{at + 1}</span>
                <span className="visually-hidden">{columnName(suggested)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((truth, at) => {
            const all = labels.reduce((sum, suggested) => sum + count(truth, suggested), 0);
            return (
              <tr key={truth}>
                <th scope="row" title={nameOf(truth)}>
                  {at + 1} {nameOf(truth)}
                </th>
                {labels.map((suggested) => {
                  const cell = count(truth, suggested);
                  return (
                    <td
                      key={suggested}
                      style={cell === 0 ? undefined : shadeOf(cell / all, truth === suggested)}
                      title={`${nameOf(truth)} → ${nameOf(suggested)}`}
                    >
                      {cell === 0 ? <span className={styles.nothing}>·</span> : formats.number(cell)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Light enough for the text on it to keep its contrast. */
function shadeOf(share: number, isRight: boolean): { background: string } {
  const colour = isRight ? 'var(--ok)' : 'var(--danger)';
  return { background: `color-mix(in srgb, ${colour} ${Math.round(8 + 24 * share)}%, var(--ground))` };
}
