import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { root } from '../project/repository.ts';
import { type ProcessResult, runProcess } from '../project/run-process.ts';
import { OwnServers, type OwnServersOptions } from './own-servers.ts';

const main = 'examples/demo/main.ts';
// Older supported versions remark that they strip types.
const nodeArgs = ['--disable-warning=ExperimentalWarning', main];
const env = { PATH: process.env['PATH'] };

function demo(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<ProcessResult> {
  return runProcess(process.execPath, [...nodeArgs, ...args], {
    cwd: root,
    env: { ...env, ...variables },
    timeoutMs: 60_000,
  });
}

/** The numbers of the table's row with this label. */
function row(stdout: string, label: string): readonly number[] {
  const line = stdout.split('\n').find((text) => text.startsWith(label));
  if (line === undefined) throw new Error(`no row "${label}" in\n${stdout}`);
  return (line.match(/(?<= {2})[\d.,]+/g) ?? []).map((cell) => Number(cell.replaceAll(',', '')));
}

describe('against servers of its own', () => {
  test('no call fails or waits across expiries, and a refresh takes one token request', async () => {
    const { exitCode, stdout, stderr } = await demo(['--seconds', '5', '--rate', '100']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(row(stdout, 'API calls')).toEqual([250, 250, 500]);
    expect(row(stdout, 'Failed calls')).toEqual([0, 0, 0]);
    expect(row(stdout, '401s seen by callers')).toEqual([0, 0, 0]);
    expect(row(stdout, 'Calls delayed by a refresh after the first')).toEqual([0]);
    const [tokenRequests] = row(stdout, 'Token requests sent');
    expect(row(stdout, 'Refreshes: tokens received')).toEqual([tokenRequests]);
    expect(tokenRequests).toBeGreaterThanOrEqual(2);
    expect(row(stdout, 'Token expiries crossed')[0]).toBeGreaterThanOrEqual(1);
    for (const header of ['tokenflight', 'a fixed header']) {
      const [p50, p99] = [row(stdout, `p50 latency with ${header}`), row(stdout, `p99 latency with ${header}`)];
      expect([p50.length, p99.length]).toEqual([2, 2]);
      for (const [column, median] of p50.entries()) expect(p99[column]).toBeGreaterThanOrEqual(median);
    }
    expect(stdout).toMatch(/^ {2}3 of 5 s: /m);
    expect(stdout).toMatch(/^PASSED: /m);
  }, 60_000);
});

describe('when it is ended early', () => {
  let running: ChildProcess | undefined;
  afterEach(() => {
    running?.kill('SIGKILL');
  });

  async function startDemo(): Promise<{ child: ChildProcess; ports: readonly number[] }> {
    const child = spawn(process.execPath, [...nodeArgs, '--seconds', '60'], { cwd: root, env });
    running = child;
    let stdout = '';
    for await (const chunk of child.stdout) {
      stdout += chunk;
      if (stdout.includes('\n\n')) break;
    }
    return { child, ports: [...stdout.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)) };
  }

  /** Whether somebody listens there. Connecting does not tell: nock answers that, even where nobody listens. */
  async function isOpen(port: number): Promise<boolean> {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return false;
    } catch {
      return true;
    } finally {
      server.close();
    }
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s: its servers have ended before it does',
    async (signal, exitCode) => {
      const { child, ports } = await startDemo();
      expect(await Promise.all(ports.map(isOpen))).toEqual([true, true]);

      child.kill(signal);

      expect(await once(child, 'exit')).toEqual([exitCode, null]);
      expect(await Promise.all(ports.map(isOpen))).toEqual([false, false]);
    },
    30_000,
  );

  test('killed: its servers end by themselves', async () => {
    const { child, ports } = await startDemo();

    child.kill('SIGKILL');
    await once(child, 'exit');

    let open = ports;
    for (let tries = 0; open.length > 0 && tries < 100; tries++) {
      await sleep(50);
      const states = await Promise.all(ports.map(isOpen));
      open = ports.filter((_port, index) => states[index]);
    }
    expect(open).toEqual([]);
  }, 30_000);
});

describe("against the user's servers", () => {
  let servers: OwnServers | undefined;
  afterEach(() => servers?.stop());

  async function demoAgainst(
    options: OwnServersOptions,
    seconds: number,
    variables: NodeJS.ProcessEnv = {},
  ): Promise<ProcessResult> {
    servers = new OwnServers(options);
    const origin = await servers.start();
    const args = ['--token-url', `${origin}/token`, '--scope', 'read', '--seconds', `${seconds}`, '--rate', '40'];
    const { clientId, clientSecret } = OwnServers;
    const result = await demo(args, {
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
      API_URL: `${origin}/things?api_key=${clientSecret}`,
      ...variables,
    });
    expect(result.stdout + result.stderr).not.toContain(clientSecret);
    expect(result.stdout + result.stderr).not.toContain(OwnServers.tokenPrefix);
    return result;
  }

  test('takes arguments and variables, and prints no token and no secret', async () => {
    const { exitCode, stdout, stderr } = await demoAgainst({ expiresIn: 3 }, 5);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(row(stdout, 'API calls')).toEqual([100, 100, 200]);
    expect(row(stdout, 'Failed calls')).toEqual([0, 0, 0]);
    const [tokenRequests = 0] = row(stdout, 'Token requests sent');
    expect(row(stdout, 'Refreshes: tokens received')).toEqual([tokenRequests]);
    expect(tokenRequests).toBeGreaterThanOrEqual(2);
    // One more, for the token that the clients with a fixed header keep until it has long expired.
    expect(servers?.forms.map((form) => form.get('scope'))).toEqual(Array(tokenRequests + 1).fill('read'));
    expect(stdout).toMatch(/^ {2}got with a fixed header: \d+ × HTTP 401$/m);
  }, 60_000);

  test('says so if calls were delayed', async () => {
    const { exitCode, stdout } = await demoAgainst({ expiresIn: 1, delayMs: 700 }, 3);

    expect(exitCode).toBe(1);
    const [delayed] = row(stdout, 'Calls delayed by a refresh after the first');
    expect(delayed).toBeGreaterThan(0);
    expect(stdout).toContain('FAILED: ');
    expect(stdout).toContain(`${delayed} calls were delayed by a refresh after the first`);
  }, 60_000);

  test('says so if calls failed', async () => {
    const { exitCode, stdout } = await demoAgainst({ expiresIn: 60, status: 500 }, 1);

    expect(exitCode).toBe(1);
    expect(row(stdout, 'Failed calls')).toEqual([20, 20, 40]);
    expect(stdout).toContain('got: 20 × HTTP 500');
    expect(stdout).toContain('FAILED: 40 calls failed.');
  }, 60_000);

  test('says so if there is no token to be had', async () => {
    const { exitCode, stderr } = await demoAgainst({ expiresIn: 60 }, 1, { CLIENT_ID: 'a-stranger' });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('TokenRequestRejectedError');
    expect(stderr).toContain('invalid_client');
  }, 60_000);
});

describe('wrong arguments', () => {
  const url = 'http://127.0.0.1:1';
  const secret = 'do-not-print-this-secret';
  const credentials = ['--client-id', 'id', '--client-secret', secret];

  test.each([
    ['--rate', ['--rate', secret]],
    ['--seconds', ['--seconds', '0']],
    ['--sceonds', ['--sceonds=5']],
    ['--url', ['--url']],
    ['a value without an option', [secret]],
    ['--token-url or TOKEN_URL', ['--url', url, ...credentials]],
    ['--url or API_URL', ['--token-url', url, ...credentials]],
    ['--client-id or CLIENT_ID', ['--token-url', url, '--url', url]],
    ['--client-secret or CLIENT_SECRET', ['--token-url', url, '--url', url, '--client-id', 'id']],
    ['--token-url', ['--token-url', 'http://api.example/token', '--url', url, ...credentials]],
    ['--url', ['--token-url', url, '--url', 'http://api.example', ...credentials]],
    ['--url', ['--token-url', url, '--url', `http://user:${secret}@127.0.0.1`, ...credentials]],
  ])(
    'names %s: %j',
    async (name, args) => {
      const { exitCode, stdout, stderr } = await demo(args);

      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(name);
      expect(stderr).not.toContain(secret);
    },
    30_000,
  );

  test('--help says what there is', async () => {
    const { exitCode, stdout } = await demo(['--help']);

    expect(exitCode).toBe(0);
    for (const name of ['--rate', '--seconds', '--token-url', '--client-secret', 'CLIENT_SECRET', 'API_URL']) {
      expect(stdout).toContain(name);
    }
  }, 30_000);
});
