import { ProviderClosedError } from '../errors/provider-closed-error.ts';
import { TokenRequestTimeoutError } from '../errors/token-request-timeout-error.ts';
import type { GrantSubject } from '../protocol/grant.ts';
import { readSubject } from '../protocol/token-endpoint.ts';
import { withDeadline } from './deadline.ts';
import type { ProviderConfig } from './provider-config.ts';

/** Asks callers for whom their tokens are, where the grant tells subjects apart. */
export class Subjects {
  readonly #config: ProviderConfig;
  /** What ends the waits of those who are being asked. */
  readonly #waits = new Set<() => void>();

  constructor(config: ProviderConfig) {
    this.#config = config;
  }

  /** @throws {TokenRequestTimeoutError} the grant's function takes longer than one attempt may */
  async read(signal: AbortSignal | undefined): Promise<GrantSubject | undefined> {
    const { endpoint, attemptTimeoutMs } = this.#config;
    const { clock } = endpoint;
    const timeout = (): Error =>
      new TokenRequestTimeoutError('attemptTimeoutMs', attemptTimeoutMs, { nowMs: () => clock.monotonicMs() });
    const reading = withDeadline(clock, attemptTimeoutMs, signal, timeout, () => readSubject(endpoint));
    let end = (): void => {};
    const closed = new Promise<never>((_resolve, reject) => {
      end = () => reject(new ProviderClosedError());
    });
    this.#waits.add(end);
    try {
      return await Promise.race([reading, closed]);
    } finally {
      this.#waits.delete(end);
    }
  }

  close(): void {
    for (const end of this.#waits) end();
  }
}
