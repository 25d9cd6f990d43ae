import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, root } from '../project/repository.ts';
import { runProcess } from '../project/run-process.ts';

/** What each prints, in whatever order its threads do. */
const programs: Readonly<Record<string, readonly string[]>> = {
  'got-service': [
    '50 visitors at once: Set(1) { 200 }',
    'after the API has rejected the token: 200',
    'token requests: 2',
  ],
  'worker-thread': [
    ...['a', 'b'].flatMap((name) => [1, 2, 3].map((job) => `${name}: /jobs/${job} 200 welcome`)),
    'token requests, one a thread: 2',
  ],
  cluster: [
    ...['a', 'b', 'c'].flatMap((name) => [1, 2, 3].map((job) => `${name}: /jobs/${job} 200`)),
    'token requests, one for all: 1',
  ],
  grpc: ['hello', 'hello after the token was rejected', 'a', 'stream', 'of', 'words', 'token requests: 2'],
  kafka: ['topics: []', 'authentications: 2 token requests: 2'],
  nestjs: ["[ 'welcome', 'welcome', 'welcome' ]", 'after close: ERR_TOKENFLIGHT_PROVIDER_CLOSED token requests: 1'],
  fastify: [...Array<string>(3).fill('200 welcome'), 'after close: ERR_TOKENFLIGHT_PROVIDER_CLOSED token requests: 1'],
  tenants: [
    'red 200 200 200',
    'blue 200 200 200',
    'green 200 200 200',
    "red's fetch, to blue's API: ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED",
    'distinct tokens at each API: 1 1 1',
    'scopes asked for: tenant:red, tenant:blue',
  ],
};

test.each(Object.entries(programs))(
  'examples/%s runs to its end, and says what it promises',
  async (name, lines) => {
    // The latter is of kafkajs, which sets timers into the past.
    const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
    const args = [...quiet, `examples/${name}/main.ts`];
    const { exitCode, stdout, stderr } = await runProcess(process.execPath, args, { cwd: root, timeoutMs: 60_000 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.trim().split('\n').sort()).toEqual([...lines].sort());
  },
  70_000,
);

test('the list of examples names each of these with its command', () => {
  const list = readText('examples/README.md');
  const folders = readdirSync(join(root, 'examples'), { withFileTypes: true })
    .filter((item) => item.isDirectory() && item.name !== 'demo')
    .map(({ name }) => name);
  expect(folders.filter((name) => !list.includes(`node examples/${name}/main.ts`))).toEqual([]);
});
