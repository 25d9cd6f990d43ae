import type { TokenStore } from '../../src/store/token-store.ts';
import type { Chance } from './chance.ts';
import type { SlowEndpoint } from './slow-endpoint.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** One process of a fleet that calls an API. */
export interface FleetProcess {
  /** One call. Resolves when it has its token. */
  call(): Promise<void>;
  /** So long every call from now on would be answered from memory and do nothing else: such calls are left out. */
  restMs(): number;
  /** The process ends. */
  stop(): Promise<void>;
}

/** What is around a process. */
export interface World {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly endpoint: SlowEndpoint;
  /** Undefined: each process is on its own. */
  readonly store: TokenStore | undefined;
}
