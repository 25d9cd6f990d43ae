import type { Clock } from '../../values/clock.ts';

/** A leader that dies is waited for so long. */
export const LEASE_MS = 3_000;

/**
 * Keeps a lease alive while its token request is out, at the latest until the signal is aborted: nobody may wait for
 * an answer that the leader itself has given up.
 *
 * @param extend false: it is another's by now
 * @returns ends it
 */
export function keepLease(
  clock: Clock,
  signal: AbortSignal,
  extend: () => Promise<boolean>,
  onLost: () => void,
): () => void {
  let isOver = false;
  let cancel = (): void => {};
  const extendOnce = async (): Promise<void> => {
    const isOurs = await extend();
    if (isOver) return;
    if (isOurs) next();
    else onLost();
  };
  const next = (): void => {
    cancel = clock.schedule(() => void extendOnce(), LEASE_MS / 3);
  };
  const end = (): void => {
    isOver = true;
    cancel();
    signal.removeEventListener('abort', end);
  };
  signal.addEventListener('abort', end);
  next();
  return end;
}
