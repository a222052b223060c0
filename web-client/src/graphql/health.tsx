import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { relativeTime } from '../lib/time';
import { graphql } from './generated';
import { useLive } from './live';

const EVERY_S = 3;
const LATE_MS = 3 * EVERY_S * 1000;

const HeartbeatsDocument = graphql(`
  subscription Heartbeats($every: Int) {
    heartbeats(every: $every) {
      at
      ageMs
    }
  }
`);

export type HealthState = 'live' | 'catchingUp' | 'offline';
interface Health {
  state: HealthState;
  /** When the newest sign of life came, in ms since 1970; null before the first. */
  newestAt: number | null;
  begin: (isSignedIn: boolean) => void;
}

const HealthContext = createContext<Health>({
  state: 'catchingUp',
  newestAt: null,
  begin: () => undefined,
});
export const useHealth = () => useContext(HealthContext);

/** Says "live" only while heartbeats arrive the way updates do. */
export function HealthProvider({ children }: { children: ReactNode }) {
  const [isSignedIn, begin] = useState(false);
  const [state, setState] = useState<HealthState>('catchingUp');
  const [newestAt, setNewestAt] = useState<number | null>(null);
  const late = useRef(0);
  useEffect(() => () => window.clearTimeout(late.current), []);
  useLive({
    document: HeartbeatsDocument,
    variables: { every: EVERY_S },
    isPaused: !isSignedIn,
    onStep: ({ heartbeats }) => {
      setState(heartbeats.ageMs > LATE_MS ? 'catchingUp' : 'live');
      setNewestAt(Date.now());
      window.clearTimeout(late.current);
      late.current = window.setTimeout(() => setState('offline'), LATE_MS);
    },
    onBreak: () => setState('offline'),
  });
  return <HealthContext value={{ state, newestAt, begin }}>{children}</HealthContext>;
}

export function HealthIndicator({ state, newestAt }: Pick<Health, 'state' | 'newestAt'>) {
  const { t, i18n } = useTranslation();
  const text =
    state === 'offline' && newestAt
      ? t('health.age', { age: relativeTime(new Date(newestAt).toISOString(), i18n.language) })
      : t(`health.${state}`);
  return (
    <span className="health" data-state={state} role="status">
      <i aria-hidden />
      {text}
    </span>
  );
}
