import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compiler, entries, listFiles, manifest, root } from './repository.ts';
import { type ProcessResult, runProcess } from './run-process.ts';

const silentSuccess = { exitCode: 0, stdout: '', stderr: '' };
/** Entries that extend classes of their host, and so import it. */
const hostOf: ReadonlyMap<string, string> = new Map([['tokenflight/grpc', '@grpc/grpc-js']]);
const hostLibraries = [
  ...hostOf.values(),
  'axios',
  'got',
  'ioredis',
  'ky',
  'node-fetch',
  'openapi-fetch',
  'redis',
  'superagent',
  'undici',
];

let temporary = '';
let consumer = '';

const npm = async (...args: string[]): Promise<void> => {
  const result = await runProcess('npm', args, { cwd: consumer });
  if (result.exitCode !== 0) throw new Error(`npm ${args[0]}: ${result.stderr}`);
};

beforeAll(async () => {
  temporary = realpathSync(mkdtempSync(join(tmpdir(), 'tokenflight-packed-')));
  consumer = join(temporary, 'consumer');
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await npm('pack', root, '--pack-destination', temporary, '--ignore-scripts', '--silent');
  const [tarball = ''] = readdirSync(temporary).filter((name) => name.endsWith('.tgz'));
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=peer'];
  await npm('install', join(temporary, tarball), ...quick);
}, 180_000);

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const installedManifest = (name: string): { dependencies?: Record<string, string> } =>
  JSON.parse(readFileSync(join(consumer, 'node_modules', name, 'package.json'), 'utf8'));

test('it holds the build and the papers, nothing else', () => {
  const files = readdirSync(join(consumer, 'node_modules', manifest.name), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(join(consumer, 'node_modules', manifest.name).length + 1))
    .map((path) => path.replaceAll('\\', '/'));
  expect(files.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...listFiles('dist')].sort());
});

test('it brings its own dependencies, but no HTTP client and no Redis client', () => {
  const needed = new Set([manifest.name]);
  // A set grows while it is walked, so this reaches everything.
  for (const name of needed)
    for (const next of Object.keys(installedManifest(name).dependencies ?? {})) needed.add(next);
  const modules = join(consumer, 'node_modules');
  const installed = readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : name,
    );
  expect(installed.sort()).toEqual([...needed].sort());
  expect(hostLibraries.filter((name) => needed.has(name))).toEqual([]);
});

const waysToLoad = (specifier: string) =>
  [
    ['import', 'module', `await import('${specifier}')`],
    ['require', 'commonjs', `require('${specifier}')`],
  ] as const;
const run = (inputType: string, code: string): Promise<ProcessResult> =>
  runProcess(process.execPath, [`--input-type=${inputType}`, '-e', code], { cwd: consumer });

describe.each(entries.filter(({ specifier }) => !hostOf.has(specifier)))(
  '$specifier loads alone, without a word',
  ({ specifier }) => {
    test.each(waysToLoad(specifier))('by %s', async (_, inputType, code) => {
      expect(await run(inputType, code)).toEqual(silentSuccess);
    });
  },
);

describe.each([...hostOf])('%s', (specifier, host) => {
  test('says which host it lacks', async () => {
    const { exitCode, stderr } = await run('module', `await import('${specifier}')`);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`Cannot find package '${host}'`);
  });
});

describe('a strict TypeScript project compiles', () => {
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    types: [],
    skipLibCheck: false,
  };
  const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' };
  const fetchProgram = `
    import { TokenProvider } from 'tokenflight';
    import { bearerFetch } from 'tokenflight/fetch';
    const origins = 'https://api.example';
    const tokens = new TokenProvider({ tokenUrl: 'https://id.example/token', clientId: 'a', clientSecret: 'b' });
    export const call: typeof fetch = bearerFetch(tokens, { origins });
    // @ts-expect-error: types that resolve to any would let this pass.
    new TokenProvider({ tokenUrl: 1 });
  `;
  const ownParts = `
    import { dpop, presets, privateKeyJwt, type AccessToken, type TokenSource } from 'tokenflight';
    import { bearerFetch } from 'tokenflight/fetch';
    const token: AccessToken = { value: 'a', tokenType: 'Bearer', id: 'b', expiresAt: new Date(), response: {} };
    const source: TokenSource = { getToken: async () => token, invalidate: async () => false };
    export const call = bearerFetch(source, { origins: 'https://api.example' });
    const options: { authorizationServer?: string | undefined; clientAuthentication?: undefined } = {};
    presets.okta({ domain: 'a', scope: 'b', clientId: 'c', clientSecret: 'd', ...options });
    // @ts-expect-error: types that resolve to any would let this pass.
    dpop({ keyPair: { privateKey: 'a', publicKey: 'b' } });
    // @ts-expect-error
    privateKeyJwt('a', 1);
  `;
  const webKeys = `${ownParts}
    const keyPair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    dpop({ keyPair });
    privateKeyJwt('a', keyPair.privateKey);
    privateKeyJwt('a', await crypto.subtle.exportKey('jwk', keyPair.privateKey));
  `;
  const nodeKeys = `
    import { webcrypto as crypto } from 'node:crypto';
    ${webKeys}
  `;
  const gotProgram = `
    import got from 'got';
    import { staticTokenSource } from 'tokenflight';
    import { bearerHooks } from 'tokenflight/got';
    export const api = got.extend(bearerHooks(staticTokenSource('a'), { origins: 'https://api.example' }));
    // @ts-expect-error: types that resolve to any would let this pass.
    bearerHooks(1);
  `;
  const undiciProgram = `
    import { staticTokenSource } from 'tokenflight';
    import { bearerInterceptor, type BearerDispatchOptions } from 'tokenflight/undici';
    import { Agent, Client, type Dispatcher, interceptors } from 'undici';
    const bearer = bearerInterceptor(staticTokenSource('a'), { origins: 'https://api.example' });
    export const agent: Dispatcher = new Agent().compose(bearer, interceptors.redirect({ maxRedirections: 5 }));
    export const client: Dispatcher = new Client('https://api.example').compose([bearer]);
    const options: Dispatcher.RequestOptions & BearerDispatchOptions = {
      origin: 'https://api.example', path: '/', method: 'GET', tokenRequest: { scope: 'read' },
    };
    export const answer: Promise<Dispatcher.ResponseData> = agent.request(options);
    // @ts-expect-error: types that resolve to any would let this pass.
    bearerInterceptor(1);
  `;
  const nodeHttpProgram = `
    import { type IncomingMessage, request } from 'node:http';
    import { staticTokenSource } from 'tokenflight';
    import { bearerHeaders } from 'tokenflight/node-http';
    const bearer = bearerHeaders(staticTokenSource('a'), { origins: 'https://api.example' });
    const headers = await bearer('https://api.example', { method: 'GET' });
    request('https://api.example', { headers }, (response: IncomingMessage) => void bearer.again(headers, response));
    // @ts-expect-error: types that resolve to any would let this pass.
    bearerHeaders(1);
  `;

  const kafkaProgram = `
    import { staticTokenSource } from 'tokenflight';
    import { oauthBearerProvider } from 'tokenflight/kafka';
    const given: Promise<{ value: string; principal: string; lifetime: number }> = oauthBearerProvider(staticTokenSource('a'))();
    // @ts-expect-error: types that resolve to any would let this pass.
    oauthBearerProvider(staticTokenSource('a'), { principal: 1 });
    export { given };
  `;
  const workersProgram = `
    import { TokenProvider } from 'tokenflight';
    import { durableObjectStore, perRequest, TokenStoreObject } from 'tokenflight/workers';
    export class Keeper extends TokenStoreObject {}
    const namespace = {
      idFromName: (name: string): { name: string } => ({ name }),
      get: (id: { name: string }) => ({ fetch: (input: string | URL, init?: RequestInit) => fetch(input, init ?? { body: id.name }) }),
    };
    const store = durableObjectStore(namespace, { encryptionKey: new Uint8Array(32) });
    const flights = perRequest({ waitUntil: (promise: Promise<unknown>) => void promise });
    new TokenProvider({ tokenUrl: 'https://id.example/token', clientId: 'a', clientSecret: 'b', store, flights });
    // @ts-expect-error: types that resolve to any would let this pass.
    perRequest({ waitUntil: 1 });
  `;
  const storeProgram = `
    import { memoryStore, TokenProvider, type TokenStore } from 'tokenflight';
    import { messagePortStore, processPort, serveStore } from 'tokenflight/message-port';
    import { storeContract } from 'tokenflight/testing';
    const { port1, port2 } = new MessageChannel();
    const stop: () => void = serveStore(memoryStore(), port1);
    const store: TokenStore = messagePortStore(port2, { timeoutMs: 500 });
    serveStore(store, processPort({ on: () => 0, off: () => 0 }));
    const runner = { describe: (_name: string, body: () => void) => body(), it: () => 0 };
    storeContract(runner, () => ({ handles: [store, store], advance: async () => {} }));
    export const tokens = new TokenProvider({ tokenUrl: 'https://id.example/token', clientId: 'a', clientSecret: 'b', store });
    // @ts-expect-error: types that resolve to any would let this pass.
    messagePortStore(1);
    export { stop };
  `;
  const browserProgram = `
    import { TokenProvider, type TokenStore } from 'tokenflight';
    import { browserStore, type BrowserStoreOptions } from 'tokenflight/browser';
    const options: BrowserStoreOptions = { name: 'tabs' };
    const store: TokenStore = browserStore(options);
    export const tokens = new TokenProvider({ tokenUrl: 'https://id.example/token', clientId: 'a', clientSecret: 'b', store });
    // @ts-expect-error: types that resolve to any would let this pass.
    browserStore(1);
  `;
  const grpcProgram = `
    import { type ClientOptions, credentials } from '@grpc/grpc-js';
    import { staticTokenSource } from 'tokenflight';
    import { bearerCredentials, bearerInterceptor } from 'tokenflight/grpc';
    const bearer = bearerCredentials(staticTokenSource('a'), { origins: 'https://api.example' });
    export const channel = credentials.combineChannelCredentials(credentials.createSsl(), bearer);
    export const options: ClientOptions = { interceptors: [bearerInterceptor(staticTokenSource('a'), { origins: [] })] };
    // @ts-expect-error: types that resolve to any would let this pass.
    bearerInterceptor(1);
  `;
  const axiosProgram = `
    import axios from 'axios';
    import { staticTokenSource } from 'tokenflight';
    import { attachBearer, type BearerRequestConfig } from 'tokenflight/axios';
    const api = axios.create({ baseURL: 'https://api.example' });
    export const eject: () => void = attachBearer(api, staticTokenSource('a'), { origins: 'https://api.example' });
    const config: BearerRequestConfig = { tokenRequest: { scope: 'read' } };
    export const answer = () => api.get<string>('/things', config);
    // @ts-expect-error: types that resolve to any would let this pass.
    attachBearer(api, 1);
  `;
  const kyProgram = `
    import ky from 'ky';
    import { staticTokenSource } from 'tokenflight';
    import { bearerHooks } from 'tokenflight/ky';
    export const api = ky.extend(bearerHooks(staticTokenSource('a'), { origins: 'https://api.example' }));
    // @ts-expect-error: types that resolve to any would let this pass.
    bearerHooks(1);
  `;
  const openapiFetchProgram = `
    import createClient from 'openapi-fetch';
    import { staticTokenSource } from 'tokenflight';
    import { bearerMiddleware } from 'tokenflight/openapi-fetch';
    export const api = createClient<Record<string, never>>({ baseUrl: 'https://api.example' });
    api.use(bearerMiddleware(staticTokenSource('a'), { origins: 'https://api.example' }));
    // @ts-expect-error: types that resolve to any would let this pass.
    bearerMiddleware(1);
  `;

  const redisProgram = `
    import { TokenProvider } from 'tokenflight';
    import { redisStore } from 'tokenflight/redis';
    const answer = async (): Promise<unknown> => 0;
    const store = redisStore({ evalsha: answer, eval: answer }, { encryptionKey: new Uint8Array(32) });
    export const tokens = new TokenProvider({ tokenUrl: 'https://id.example/token', clientId: 'a', clientSecret: 'b', store });
    // @ts-expect-error: types that resolve to any would let this pass.
    redisStore(1);
  `;

  const compile = (file: string, program: string, compilerOptions: object): Promise<ProcessResult> => {
    const project = join(consumer, `${file}.json`);
    writeFileSync(join(consumer, file), program);
    writeFileSync(project, JSON.stringify({ compilerOptions: { ...options, ...compilerOptions }, files: [file] }));
    return runProcess(process.execPath, [compiler, '-p', project], { cwd: consumer });
  };

  test.each([
    ['an ES module under nodenext', 'module.mts', nodenext],
    ['a CommonJS module under nodenext', 'commonjs.cts', nodenext],
    ['a module for a bundler', 'bundled.ts', { module: 'esnext', moduleResolution: 'bundler' }],
  ])(
    '%s',
    async (_, file, compilerOptions) => {
      expect(await compile(file, fetchProgram, compilerOptions)).toEqual(silentSuccess);
    },
    60_000,
  );

  test('with its own token source, options and keys', async () => {
    expect(await compile('keys.mts', webKeys, nodenext)).toEqual(silentSuccess);
  });

  test("with Node.js's types in place of the DOM's", async () => {
    const node = { lib: ['es2024'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
    expect(await compile('node.mts', nodeKeys, { ...nodenext, ...node })).toEqual(silentSuccess);
  });

  test('with kafkajs beside it or not', async () => {
    expect(await compile('kafka.mts', kafkaProgram, nodenext)).toEqual(silentSuccess);
  }, 60_000);

  test('with the entry for Workers, and none of their types', async () => {
    expect(await compile('workers.mts', workersProgram, nodenext)).toEqual(silentSuccess);
  }, 60_000);

  test('with a store shared through ports, and its tests', async () => {
    expect(await compile('store.mts', storeProgram, nodenext)).toEqual(silentSuccess);
    const threads =
      "import { MessageChannel } from 'node:worker_threads'; import process from 'node:process'; import cluster from 'node:cluster';";
    const forks = "processPort(process); cluster.on('fork', (worker) => processPort(worker));";
    const node = { lib: ['es2024'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
    const program = `${threads}${storeProgram}${forks}`;
    expect(await compile('store-of-node.mts', program, { ...nodenext, ...node })).toEqual(silentSuccess);
  }, 60_000);

  test('with a store that tabs share', async () => {
    expect(await compile('browser.mts', browserProgram, nodenext)).toEqual(silentSuccess);
    const node = { lib: ['es2024'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
    expect(await compile('browser-of-node.mts', browserProgram, { ...nodenext, ...node })).toEqual(silentSuccess);
  }, 60_000);

  test('with a Redis client of any origin', async () => {
    expect(await compile('redis.mts', redisProgram, nodenext)).toEqual(silentSuccess);
  }, 60_000);

  // The last tests: from here on their hosts are installed too.
  test.each([
    ['got', 'got', gotProgram],
    ['axios', 'axios', axiosProgram],
    ['ky', 'ky', kyProgram],
    ['openapi-fetch', 'openapi-fetch', openapiFetchProgram],
    ['undici 7', 'undici', undiciProgram],
    ['undici 8', 'undici-8', undiciProgram],
    ['Node.js alone', undefined, nodeHttpProgram],
  ])(
    'with %s beside it',
    async (_, installed, program) => {
      const modules = join(root, 'node_modules');
      if (installed !== undefined) {
        const place = join(consumer, 'node_modules', installed.replace(/-\d+$/, ''));
        rmSync(place, { force: true });
        symlinkSync(join(modules, installed), place, 'junction');
      }
      // Declarations of other packages are theirs to keep right; here it counts whether ours fit them.
      const node = { types: ['node'], typeRoots: [join(modules, '@types')], skipLibCheck: true };
      const file = `${installed ?? 'node-http'}.mts`;
      expect(await compile(file, program, { ...nodenext, ...node })).toEqual(silentSuccess);
    },
    60_000,
  );

  test('with grpc-js beside it, and loads', async () => {
    const modules = join(root, 'node_modules');
    mkdirSync(join(consumer, 'node_modules/@grpc'));
    symlinkSync(join(modules, '@grpc/grpc-js'), join(consumer, 'node_modules/@grpc/grpc-js'), 'junction');
    const node = { types: ['node'], typeRoots: [join(modules, '@types')], skipLibCheck: true };
    expect(await compile('grpc.mts', grpcProgram, { ...nodenext, ...node })).toEqual(silentSuccess);
    for (const [, inputType, code] of waysToLoad('tokenflight/grpc')) {
      expect(await run(inputType, code)).toEqual(silentSuccess);
    }
  }, 60_000);
});
