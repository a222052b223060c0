import { useFormats } from '@/lib/time';
import styles from './charts.module.css';

export type ShareLine = { name: string; values: readonly (number | null)[] };

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 40;
const BOTTOM = 24;
const LEVELS = [0, 0.25, 0.5, 0.75, 1];
const MOST_LABELS = 8;

/** Shares from 0 to 1 over steps such as weeks, as lines that can be told apart without colour. A table belongs beside it. */
export function ShareLines({
  label,
  steps,
  lines,
}: {
  label: string;
  steps: readonly string[];
  lines: readonly ShareLine[];
}) {
  const formats = useFormats();
  const x = (at: number) =>
    steps.length === 1 ? (LEFT + WIDTH) / 2 : LEFT + 8 + (at * (WIDTH - LEFT - 16)) / (steps.length - 1);
  const y = (share: number) => 8 + (1 - share) * (HEIGHT - BOTTOM - 8);
  const every = Math.ceil(steps.length / MOST_LABELS);
  return (
    <figure className={styles.figure}>
      <ul className={styles.legend} aria-hidden>
        {lines.map((line, at) => (
          <li key={line.name}>
            <svg width="24" height="8">
              <path d="M0 4H24" className={`${styles.line} ${styles[`series${at}`]}`} />
            </svg>
            {line.name}
          </li>
        ))}
      </ul>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.svg} role="img" aria-label={label}>
        {LEVELS.map((level) => (
          <g key={level}>
            <path d={`M${LEFT} ${y(level)}H${WIDTH}`} className={styles.grid} />
            <text x={LEFT - 6} y={y(level) + 4} textAnchor="end" className={styles.tick}>
              {formats.percent(level)}
            </text>
          </g>
        ))}
        {steps.map((step, at) =>
          at % every === 0 ? (
            <text key={step} x={x(at)} y={HEIGHT - 6} textAnchor="middle" className={styles.tick}>
              {step}
            </text>
          ) : null,
        )}
        {lines.map((line, at) => (
          <g key={line.name} className={styles[`series${at}`]}>
            <path d={pathOf(line.values, x, y)} className={styles.line} />
            {line.values.map((value, step) =>
              value === null ? null : (
                <circle key={step} cx={x(step)} cy={y(value)} r="3" className={styles.dot} />
              ),
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** A line that is interrupted where there is no value. */
function pathOf(
  values: readonly (number | null)[],
  x: (at: number) => number,
  y: (share: number) => number,
): string {
  let isDown = false;
  return values
    .map((value, at) => {
      const command = value === null ? '' : `${isDown ? 'L' : 'M'}${x(at)} ${y(value)}`;
      isDown = value !== null;
      return command;
    })
    .join('');
}
