import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { entries, listFiles, manifest, readText, root } from './repository.ts';

const specifiers = entries.map(({ specifier }) => specifier).sort();

test('each entry has its module and its types side by side', () => {
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === 'object') expect(target.types).toBe(target.default.replace(/\.js$/, '.d.ts'));
  }
  expect(manifest.exports['./package.json']).toBe('./package.json');
});

test('the build holds the modules of the exports map and shared chunks, nothing else', () => {
  const modules = listFiles('dist').filter((path) => path.endsWith('.js') && !path.startsWith('dist/shared/'));
  expect(modules).toEqual(entries.map(({ path }) => `dist/${path}.js`).sort());
  expect(entries.filter(({ path }) => !existsSync(join(root, `dist/${path}.d.ts`)))).toEqual([]);
});

test('every adapter is an entry', () => {
  const adapters = listFiles('src/adapters').map((path) => path.replace(/^src\/|\.ts$/g, ''));
  expect(adapters).toEqual(entries.flatMap(({ path }) => (path.startsWith('adapters/') ? [path] : [])).sort());
});

test('the README names every entry, and no other', () => {
  const quoted = readText('README.md').matchAll(/(['"`])(tokenflight(?:\/[a-z0-9/-]+)?)\1/g);
  expect([...new Set([...quoted].map(([, , specifier]) => specifier))].sort()).toEqual(specifiers);
});

test('the compiler finds every entry in the sources', () => {
  const { compilerOptions } = JSON.parse(readText('tsconfig.json'));
  const expected = entries.map(({ specifier, path }) => [specifier, [`./src/${path}.ts`]]);
  expect(compilerOptions.paths).toEqual(Object.fromEntries(expected));
});
