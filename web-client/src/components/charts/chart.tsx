import { useElementSize } from '@mantine/hooks';
import styles from './charts.module.css';

export type Series = {
  name: string;
  /** One a place on the axis; null: there is nothing to say. */
  values: readonly (number | null)[];
};

type Props = {
  /** What the picture shows, for those who do not see it; the table beside it has the numbers. */
  label: string;
  kind: 'bars' | 'lines';
  series: readonly Series[];
  /** Names of the places, in order. */
  places: readonly string[];
  format: (value: number) => string;
  /** Seconds are told in days, hours or minutes, and so the axis has round steps of these. */
  isTime?: boolean;
  /** Values are shares, and the axis goes from 0 to 1 whatever they are. */
  isShare?: boolean;
};

const HEIGHT = 200;
const TOP = 8;
const LEFT = 48;
const BOTTOM = 22;

/** Bars or lines over time. Series differ by pattern as well as colour. */
export function Chart({ label, kind, series, places, format, isTime = false, isShare = false }: Props) {
  const { ref, width } = useElementSize();
  const most = isShare ? 1 : Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const { top, steps } = scaleOf(most, isTime ? timeUnit(most) : 1);
  const inner = { width: Math.max(0, width - LEFT - 8), height: HEIGHT - TOP - BOTTOM };
  const y = (value: number) => TOP + inner.height * (1 - value / top);
  const slot = inner.width / Math.max(1, places.length);
  const every = Math.max(1, Math.ceil(places.length / Math.max(1, Math.floor(inner.width / 76))));
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.legend}>
        {series.map(({ name }, at) => (
          <span key={name}>
            <svg width={kind === 'bars' ? 10 : 24} height={10} className={styles[`series${at}`]} aria-hidden>
              {kind === 'bars' ? (
                <rect width={10} height={10} rx={2} className={styles.bar} />
              ) : (
                <path d="M0 5H24" className={styles.line} />
              )}
            </svg>
            {name}
          </span>
        ))}
      </figcaption>
      <div ref={ref}>
        <svg width={width} height={HEIGHT} role="img" aria-label={label}>
          {steps.map((step) => (
            <g key={step}>
              <line x1={LEFT} x2={width - 8} y1={y(step)} y2={y(step)} className={styles.grid} />
              <text x={LEFT - 6} y={y(step) + 4} textAnchor="end" className={styles.tick}>
                {format(step)}
              </text>
            </g>
          ))}
          {places.map((place, at) =>
            at % every === 0 ? (
              <text
                key={place}
                x={LEFT + slot * (at + 0.5)}
                y={HEIGHT - 6}
                textAnchor="middle"
                className={styles.tick}
              >
                {place}
              </text>
            ) : null,
          )}
          {series.map(({ name, values }, at) =>
            kind === 'bars' ? (
              <g key={name} className={styles[`series${at}`]}>
                {values.map((value, place) =>
                  value ? (
                    <rect
                      key={places[place]}
                      className={styles.bar}
                      x={LEFT + slot * place + slot * 0.12 + (slot * 0.76 * at) / series.length}
                      width={Math.max(1, (slot * 0.76) / series.length - (slot > 12 ? 1 : 0))}
                      y={y(value)}
                      height={Math.max(1, y(0) - y(value))}
                    >
                      <title>{`${places[place] ?? ''}: ${format(value)} ${name}`}</title>
                    </rect>
                  ) : null,
                )}
              </g>
            ) : (
              <g key={name} className={styles[`series${at}`]}>
                <path className={styles.line} d={pathOf(values, (place) => LEFT + slot * (place + 0.5), y)} />
                {values.map((value, place) =>
                  value === null ? null : (
                    <circle
                      key={places[place]}
                      className={styles.dot}
                      cx={LEFT + slot * (place + 0.5)}
                      cy={y(value)}
                      r={2.5}
                    >
                      <title>{`${places[place] ?? ''}: ${format(value)} ${name}`}</title>
                    </circle>
                  ),
                )}
              </g>
            ),
          )}
        </svg>
      </div>
    </figure>
  );
}

/** Lines stop where there is nothing, and begin anew behind it. */
function pathOf(
  values: readonly (number | null)[],
  x: (place: number) => number,
  y: (value: number) => number,
): string {
  return values
    .map((value, place) => {
      if (value === null) return '';
      const isBegin = place === 0 || values[place - 1] === null;
      return `${isBegin ? 'M' : 'L'}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

const TIME_UNITS = [86_400, 3_600, 60];

function timeUnit(seconds: number): number {
  return TIME_UNITS.find((unit) => seconds >= 2 * unit) ?? 1;
}

/**
 * The end of an axis and round steps up to it, two to five of them: 1, 2 or 5 times a power of ten apart, as multiples of a
 * unit.
 */
export function scaleOf(most: number, unit = 1): { top: number; steps: number[] } {
  if (most <= 0) return { top: unit, steps: [0, unit] };
  const units = most / unit;
  const power = 10 ** Math.floor(Math.log10(units / 2.5));
  const step = [1, 2, 5, 10].map((part) => part * power).find((size) => units / size <= 5) ?? 10 * power;
  const count = Math.ceil(units / step - 1e-9);
  return { top: count * step * unit, steps: Array.from({ length: count + 1 }, (_, at) => at * step * unit) };
}
