import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

export interface Entry {
  /** What a user writes, for example `tokenflight/fetch`. */
  readonly specifier: string;
  /** Its path below `dist`, and below `src`, without an extension: `adapters/fetch`. */
  readonly path: string;
}

export const root: string = fileURLToPath(new URL('../../', import.meta.url));
export const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
export const compiler: string = join(root, 'node_modules/typescript/bin/tsc');

/** The code entries of the exports map. */
export const entries: readonly Entry[] = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string'
    ? []
    : [
        {
          specifier: posix.join(manifest.name, subpath),
          path: target.default.replace(/^\.\/dist\/|\.js$/g, ''),
        },
      ],
);

/** The files below a folder, as sorted paths from the root of the repository, with slashes. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(root.length).split(sep).join('/'))
    .sort();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
