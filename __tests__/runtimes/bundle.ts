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
export function bundleModule(contents: string, format: 'esm' | 'iife'): Promise<string> {
  return build({ stdin: { contents, resolveDir: here }, format });
}

/** What an application is that has the built package from the registry, in one module. */
export function bundleApplication(main: { readonly path: string } | { readonly code: string }): Promise<string> {
  return build({
    ...('path' in main
      ? { entryPoints: [`${here}${main.path}`] }
      : { stdin: { contents: main.code, resolveDir: here, loader: 'ts' } }),
    format: 'esm',
    external: ['cloudflare:*'],
    tsconfigRaw: '{}', // ours finds the sources in the place of the package
    alias: Object.fromEntries(entries.map(({ specifier, path }) => [specifier, join(root, `dist/${path}.js`)])),
  });
}

async function build(options: object): Promise<string> {
  const esbuild = await import(installed('esbuild/lib/main.js'));
  const { outputFiles } = await esbuild.build({
    ...options,
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}
