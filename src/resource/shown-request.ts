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
