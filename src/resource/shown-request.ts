/** An answer or an error that leads to the request it came of. */
interface Shown {
  config?: unknown;
  request?: unknown;
}

/** Where answers, errors and streams of Node and of its clients have the request as it was sent, headers and all. */
const LEADS = ['request', 'req', 'socket', 'client', 'cachePolicy', '_request', '_requestOptions'];

/** Has what leads to the request itself, which has the token still, be there and not be printed. */
export function hideRequest(...shown: readonly unknown[]): void {
  for (const holder of shown) {
    for (const name of LEADS) {
      const isOwn = Object.getOwnPropertyDescriptor(Object(holder), name)?.configurable;
      if (isOwn) Object.defineProperty(holder, name, { enumerable: false });
    }
  }
}

/** The same, and lets it show a config without the token. */
export function hideToken(shown: unknown, config: object): void {
  const holder: Shown = Object(shown);
  if (holder.config) holder.config = config;
  hideRequest(shown);
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
  const { data } = Object(outcome.response);
  if (typeof data?.pipe === 'function') hideRequest(data);
  return outcome;
}
