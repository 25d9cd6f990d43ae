import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CodeBlock, readCodeBlocks } from './code-blocks.ts';
import { compiler, manifest, readText, root } from './repository.ts';
import { runProcess } from './run-process.ts';

// Inside the repository, so that a block's `import 'tokenflight'` is the build, as for a user it is the package.
const folder = join(root, '.readme-blocks');
const blocks = readCodeBlocks(readText('README.md'));
const modules = blocks.filter(({ language }) => language === 'ts' || language === 'js');
const fileOf = ({ line, language }: CodeBlock): string => `readme-${line}.${language}`;
const ran = modules.filter(({ flags }) => !flags.includes('no-run'));

const clientId = 'example-client';
const clientSecret = 'example-secret';
const accessToken = 'example-token';

/** Issues one token to the one client, and answers everything else if it carries that token. */
const server: Server = createServer((request, response) => {
  const answer = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  // Identifier and secret are form-encoded before they are joined (RFC 6749 §2.3.1), so `-` may come as `%2D`.
  const basic = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
  if (request.url !== '/token') {
    const isKnown = request.headers.authorization === `Bearer ${accessToken}`;
    answer(isKnown ? 200 : 401, isKnown ? {} : { error: 'invalid_token' });
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const isClient =
      decodeURIComponent(basic) === `${clientId}:${clientSecret}` || form.get('client_secret') === clientSecret;
    if (request.method !== 'POST' || !form.has('grant_type')) answer(400, { error: 'invalid_request' });
    else if (!isClient) answer(401, { error: 'invalid_client' });
    else answer(200, { access_token: accessToken, token_type: 'Bearer', expires_in: 900 });
  });
});

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const block of modules) writeFileSync(join(folder, fileOf(block)), block.code);
  const tsconfig = {
    extends: '../tsconfig.json',
    compilerOptions: {
      // An example is a program, not a library, and reads process.env.NAME as people do.
      declaration: false,
      isolatedDeclarations: false,
      noPropertyAccessFromIndexSignature: false,
    },
    include: ['*.ts', '../__tests__/runtimes/workers/cloudflare.d.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('the README has examples to run', () => {
  expect(ran.filter(({ language }) => language === 'ts')).not.toEqual([]);
});

test('its examples have the right types', async () => {
  const result = await runProcess(process.execPath, [compiler, '-p', folder], { cwd: root });
  expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
}, 60_000);

describe('its examples run', () => {
  test.each(ran)(
    'README.md:$line',
    async (block) => {
      const { port } = server.address() as AddressInfo;
      const origin = `http://127.0.0.1:${port}`;
      const result = await runProcess(
        process.execPath,
        // Older supported versions remark that they strip types; from 24 on that is no news.
        ['--disable-warning=ExperimentalWarning', join(folder, fileOf(block))],
        {
          cwd: folder,
          env: {
            PATH: process.env['PATH'],
            TOKEN_URL: `${origin}/token`,
            API_URL: origin,
            CLIENT_ID: clientId,
            CLIENT_SECRET: clientSecret,
          },
          timeoutMs: 15_000,
        },
      );
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    },
    20_000,
  );
});

test('its commands name scripts that exist', () => {
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  const scripts = [...commands.join('\n').matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test|start)\b)/g)];
  const names = scripts.map(([, script, shorthand]) => script ?? shorthand ?? '');
  expect(names.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
});
