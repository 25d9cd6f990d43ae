/** An answer or an error that leads to the request it came of. */
interface Shown {
  config?: unknown;
  request?: unknown;
}

/** Lets it show a config without the token. The request itself, which has it still, is there and is not printed. */
export function hideToken(shown: unknown, config: object): void {
  if (typeof shown !== 'object' || shown === null) return;
  const holder: Shown = shown;
  if (holder.config) holder.config = config;
  if (holder.request) Object.defineProperty(holder, 'request', { enumerable: false });
}

/** How a request ended, in what can be shown to anybody. */
export interface ShownOutcome<T> {
  /** Also that of an error. */
  readonly response?: T | undefined;
  readonly error?: unknown;
}

/** @param config what is to be shown as that of the request */
export async function shownOutcome<T>(sending: Promise<T>, config: object): Promise<ShownOutcome<T>> {
  const outcome: ShownOutcome<T> = await sending.then(
    (response) => ({ response }),
    (error) => ({ error, response: error?.response }),
  );
  for (const shown of Object.values(outcome)) hideToken(shown, config);
  return outcome;
}
