// `npm run size`: what the package adds to a bundle, minified and compressed, dependencies included and host libraries
// left out. Ends with an exit code of 1 if anything is over its limit. The limits are a little above what was reached when
// they were last set: they hold what there is, the targets say where to go.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly target?: number;
  readonly limit: number;
}

/** What an entry may add to the bundle of a provider. */
const LIMITS: Readonly<Record<string, number>> = {
  './axios': 4_450,
  './browser': 3_950,
  './fetch': 4_150,
  './got': 3_500,
  './grpc': 3_300,
  './kafka': 750,
  './ky': 3_750,
  './message-port': 1_250,
  './node-http': 2_900,
  './openapi-fetch': 3_400,
  './redis': 5_700,
  './undici': 3_950,
  './workers': 5_300,
};
/** Measured by itself, and for tests. */
const NOT_MEASURED = new Set(['.', './testing']);

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest: {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const hosts = Object.keys(manifest.peerDependencies ?? {}).flatMap((name) => [name, `${name}/*`]);

/** Bytes of a module that exports just this, minified by esbuild and compressed by gzip. */
async function sizeOf(...code: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code.join('\n'), resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    // As for a browser, except that what is for Node.js only may import its modules.
    platform: 'browser',
    external: ['node:*', ...hosts],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).byteLength;
}

const provider = `export { TokenProvider } from './dist/index.js';`;
const providerBytes = await sizeOf(provider);
const rows: Row[] = [{ name: 'TokenProvider', bytes: providerBytes, target: 14_000, limit: 29_500 }];
for (const [subpath, target] of Object.entries(manifest.exports)) {
  if (typeof target === 'string' || NOT_MEASURED.has(subpath)) continue;
  const name = `tokenflight${subpath.slice(1)}`;
  const entry = `export * from '${target.default}';`;
  const besides = (await sizeOf(provider, entry)) - providerBytes;
  if (subpath === './fetch')
    rows.push({ name: `${name} alone`, bytes: await sizeOf(entry), target: 3_000, limit: 5_200 });
  rows.push({
    name: `${name} beside TokenProvider`,
    bytes: besides,
    ...(target.default.includes('/adapters/') && { target: 2_000 }),
    limit: LIMITS[subpath] ?? 0,
  });
}

// With --check nothing is written.
if (process.argv.includes('--check')) {
  console.table(rows);
} else {
  const { report } = await import('./report.ts');
  report(
    'size',
    'bytes, minified and gzipped, dependencies included and host libraries left out',
    rows.map(({ name, bytes, target, limit }) => ({
      name,
      figures: { bytes, limit },
      ...(target !== undefined && { targets: { bytes: target } }),
    })),
  );
}
for (const { name, bytes, limit } of rows)
  if (bytes > limit) console.error(`${name} is over its limit: ${bytes} > ${limit}`);
process.exitCode = rows.some(({ bytes, limit }) => bytes > limit) ? 1 : 0;
