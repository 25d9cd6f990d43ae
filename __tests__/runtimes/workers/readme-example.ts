import { equal as same } from 'node:assert/strict';
import { type CodeBlock, readCodeBlocks } from '../../project/code-blocks.ts';
import { readText } from '../../project/repository.ts';
import { bundleApplication } from '../bundle.ts';
import { installed } from '../engine.ts';

/** What is used of `wrangler.jsonc`. */
interface Wrangler {
  readonly main: string;
  readonly compatibility_date: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly migrations: readonly { readonly new_sqlite_classes: readonly string[] }[];
}

const CALLS = 10;
const SECRETS = { CLIENT_SECRET: 'secret of no server', TOKEN_KEY: Buffer.alloc(32, 7).toString('base64') };

/** The README's Worker, with the README's configuration, as it stands; its two servers are ours. */
export async function readmeExample(): Promise<void> {
  const blocks = readCodeBlocks(readText('README.md'));
  const code = only(blocks, ({ code }) => code.includes("from 'cloudflare:workers'"));
  const wrangler: Wrangler = JSON.parse(
    only(blocks, ({ code }) => code.includes('// wrangler.jsonc')).replace(/^\s*\/\/.*$/m, ''),
  );
  const { Miniflare, Response: Answer } = await import(installed('miniflare/dist/src/index.js'));
  let tokenRequests = 0;
  const servers = async (request: Request): Promise<Response> => {
    const { href } = new URL(request.url);
    if (href === wrangler.vars['TOKEN_URL']) {
      return Answer.json({ access_token: `token-${++tokenRequests}`, token_type: 'Bearer', expires_in: 3_600 });
    }
    return new Answer(`${href} ${request.headers.get('authorization')}`);
  };
  const sqlite = new Set(wrangler.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes));
  const worker = new Miniflare({
    modules: [{ type: 'ESModule', path: wrangler.main, contents: await bundleApplication({ code }) }],
    modulesRoot: '/',
    cf: false,
    compatibilityDate: wrangler.compatibility_date,
    bindings: { ...wrangler.vars, ...SECRETS },
    durableObjects: Object.fromEntries(
      wrangler.durable_objects.bindings.map(({ name, class_name: className }) => [
        name,
        { className, useSQLite: sqlite.has(className) },
      ]),
    ),
    outboundService: servers,
  });
  try {
    const calls = Array.from({ length: CALLS }, () => worker.dispatchFetch('https://things.example/'));
    for (const answer of await Promise.all(calls)) {
      same(await answer.text(), 'https://api.example/things Bearer token-1');
    }
    same(tokenRequests, 1);
  } finally {
    await worker.dispose();
  }
}

function only(blocks: readonly CodeBlock[], isIt: (block: CodeBlock) => boolean): string {
  const found = blocks.filter(isIt);
  same(found.length, 1);
  return found[0]?.code ?? '';
}
