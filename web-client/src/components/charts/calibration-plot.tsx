import { useFormats } from '@/lib/time';
import styles from './charts.module.css';

export type Bin = { count: number; meanProbability: number | null; right: number | null };

const SIZE = 280;
const LEFT = 40;
const BOTTOM = 36;
const LEVELS = [0, 0.25, 0.5, 0.75, 1];

type Props = { label: string; xName: string; yName: string; bins: readonly Bin[] };

/**
 * How often suggestions of a probability were right. On the broken line, probabilities mean what they say; larger dots
 * stand for more suggestions. A table belongs beside it.
 */
export function CalibrationPlot({ label, xName, yName, bins }: Props) {
  const formats = useFormats();
  const x = (share: number) => LEFT + share * (SIZE - LEFT - 8);
  const y = (share: number) => 8 + (1 - share) * (SIZE - BOTTOM - 8);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  return (
    <svg
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      className={styles.svg}
      style={{ maxWidth: 360 }}
      role="img"
      aria-label={label}
    >
      {LEVELS.map((level) => (
        <g key={level}>
          <path d={`M${x(0)} ${y(level)}H${x(1)}`} className={styles.grid} />
          <text x={LEFT - 6} y={y(level) + 4} textAnchor="end" className={styles.tick}>
            {formats.percent(level)}
          </text>
          <text x={x(level)} y={SIZE - 20} textAnchor="middle" className={styles.tick}>
            {formats.percent(level)}
          </text>
        </g>
      ))}
      <text x={x(0.5)} y={SIZE - 4} textAnchor="middle" className={styles.tick}>
        {xName}
      </text>
      <text x={x(0) + 6} y={20} className={styles.tick}>
        {yName}
      </text>
      <path d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} className={styles.ideal} />
      <g className={styles.series0}>
        {bins.map(({ count, meanProbability, right }, at) =>
          meanProbability === null || right === null ? null : (
            <circle
              key={at}
              cx={x(meanProbability)}
              cy={y(right)}
              r={3 + 7 * Math.sqrt(count / most)}
              className={styles.dot}
              opacity="0.8"
            />
          ),
        )}
      </g>
    </svg>
  );
}
