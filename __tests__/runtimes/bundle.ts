import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { entries, root } from '../project/repository.ts';
import { here, installed } from './engine.ts';

/** Whether there is a bundler. */
export const canBundle: boolean = existsSync(installed('esbuild'));

/**
 * One module with the built package, its dependencies and the suite, as a web application would bundle them. Fails if
 * anything in it needs Node.js.
 *
 * @param main code that finds `run(origin, id)`, which resolves to the results
 */
export function bundle(main: string, format: 'esm' | 'iife'): Promise<string> {
  const contents = `
    import * as core from '../../dist/index.js';
    import { bearerFetch } from '../../dist/adapters/fetch.js';
    import { runSuite } from './suite.ts';
    const run = (origin, id) => runSuite({ ...core, bearerFetch }, origin, id);
    ${main}
  `;
  return bundleModule(contents, format);
}

/** One script of a module in this folder. Fails if anything in it needs Node.js. */
export async function bundleModule(contents: string, format: 'esm' | 'iife'): Promise<string> {
  const { build } = await import(installed('esbuild/lib/main.js'));
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    write: false,
    format,
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/** A file of the suite, as an application bundles it that has the built package from the registry. */
export async function bundleFile(path: string): Promise<string> {
  const { build } = await import(installed('esbuild/lib/main.js'));
  const { outputFiles } = await build({
    entryPoints: [`${here}${path}`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['cloudflare:*'],
    tsconfigRaw: '{}', // ours finds the sources in the place of the package
    alias: Object.fromEntries(entries.map(({ specifier, path }) => [specifier, join(root, `dist/${path}.js`)])),
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}
