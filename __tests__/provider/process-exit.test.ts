import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

/** Answers the first token request of each scope with a token that is stale after 30 ms; lets every later one hang. */
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url === '/hang') return;
    response.end(JSON.stringify({ access_token: 'token', expires_in: 600, refresh_in: 0.03 }));
  });
});
let tokenUrl = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Runs a program that uses the built package; resolves with what it printed once it ended by itself. */
async function program(body: string): Promise<string> {
  const code = `import { TokenProvider } from 'tokenflight';
    const provider = (path, more) => new TokenProvider({ tokenUrl: '${tokenUrl}' + path, clientId: 'c', clientSecret: 's', ...more });
    ${body}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { timeout: 8_000 });
  return stdout.trim();
}

describe('the process', () => {
  it('ends by itself with a token cached and the provider not closed', async () => {
    expect(await program(`console.log((await provider('/token').getToken()).id.length)`)).toBe('16');
  });

  it('ends at once when a provider with a hanging request is closed', async () => {
    const printed = await program(`
      const hanging = provider('/hang');
      const caller = hanging.getToken().catch((error) => console.log(error.code));
      setTimeout(() => hanging.close(), 50);
      await caller;`);
    expect(printed).toBe('ERR_TOKENFLIGHT_PROVIDER_CLOSED');
  });

  it('is kept alive by a caller who joins while a flight that all others gave up pauses, and not by them', async () => {
    const printed = await program(`
      const failing = provider('/token', {
        transport: async () => { throw new TypeError('no network'); },
        retry: { retries: 1, minDelayMs: 300, maxDelayMs: 300 },
        random: () => 1,
      });
      const options = { signal: AbortSignal.timeout(50) };
      await failing.getToken(undefined, options).catch((error) => console.log(error.name));
      await failing.getToken().catch((error) => console.log(error.code));
      const alone = provider('/token', {
        transport: async () => { throw new TypeError('no network'); },
        retry: { retries: 1, minDelayMs: 60_000, maxDelayMs: 60_000 },
        timeoutMs: 300_000,
        random: () => 1,
      });
      await alone.getToken(undefined, { signal: AbortSignal.timeout(50) }).catch((error) => console.log(error.name));`);
    expect(printed.split('\n')).toEqual(['TimeoutError', 'ERR_TOKENFLIGHT_UNREACHABLE', 'TimeoutError']);
  });

  it('is kept alive by a caller who waits between two attempts, and told the failure', async () => {
    const printed = await program(`
      const failing = provider('/token', {
        transport: async () => { throw new TypeError('no network'); },
        retry: { retries: 2, minDelayMs: 100 },
        random: () => 1,
      });
      await failing.getToken().catch((error) => console.log(error.code));`);
    expect(printed).toBe('ERR_TOKENFLIGHT_UNREACHABLE');
  });
});
