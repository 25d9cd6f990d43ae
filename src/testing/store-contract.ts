import { leaseCases } from './lease-cases.ts';
import { newsCases } from './news-cases.ts';
import { type StoreCase, type StorePlace, sceneOf } from './store-case.ts';
import { tokenCases } from './token-cases.ts';

export type { StorePlace } from './store-case.ts';

/** `describe` and `it` of jest, vitest, `node:test` or any other that names them so. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, test: () => Promise<void>) => unknown;
}

const groups: Readonly<Record<string, readonly StoreCase[]>> = {
  leases: leaseCases,
  tokens: tokenCases,
  news: newsCases,
};

/**
 * Registers the tests that every `TokenStore` has to pass: write your own store, and run them against it.
 *
 * @param makeStores called for each test. The place may be the same each time, for no test uses the key of another.
 */
export function storeContract(runner: TestRunner, makeStores: () => StorePlace | Promise<StorePlace>): void {
  for (const [group, cases] of Object.entries(groups)) {
    runner.describe(group, () => {
      for (const [name, run] of cases) {
        runner.it(name, async () => {
          const place = await makeStores();
          try {
            await run(sceneOf(place));
          } finally {
            await place.close?.();
          }
        });
      }
    });
  }
}
