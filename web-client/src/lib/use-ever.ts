import { useState } from 'react';

/** Whether something was true at any time: what is loaded on demand stays when it is not needed any more. */
export function useEver(now: boolean): boolean {
  const [ever, setEver] = useState(now);
  if (now && !ever) setEver(true);
  return ever || now;
}
