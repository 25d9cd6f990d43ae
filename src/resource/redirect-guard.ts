import type { TokenHeaders } from './authoriser.ts';
import { Journey } from './journey.ts';

/** The next hop as follow-redirects describes it. */
type Hop = Record<string, unknown>;

/** Takes the token off a request whose redirects are followed by the package follow-redirects, once it leaves its origin. */
export class RedirectGuard {
  /** How many redirects were followed. */
  redirects = 0;
  /** It went to another origin, and has been without the token since. */
  hasLeft = false;
  readonly #journey = new Journey();
  readonly #carried: TokenHeaders;

  constructor(url: URL, carried: TokenHeaders) {
    this.#journey.mayCarryToken(url);
    this.#carried = carried;
  }

  /** @param change what the caller does to the hop before it is judged */
  beforeHop(hop: Hop, change?: () => void): void {
    const place = placeOf(hop);
    change?.();
    this.redirects += 1;
    this.hasLeft ||= placeOf(hop) !== place || !this.#journey.mayCarryToken(new URL(String(hop['href'])));
    const headers = hop['headers'] as Record<string, unknown>;
    const carried: readonly unknown[] = Object.values(this.#carried);
    if (this.hasLeft)
      for (const name of Object.keys(headers)) if (carried.includes(headers[name])) delete headers[name];
  }
}

/** Where it is sent to: with a proxy not where the address leads, so that this tells of changes only. */
function placeOf({ protocol, hostname, host, port }: Hop): string {
  return [protocol, hostname, host, port].join(' ');
}
