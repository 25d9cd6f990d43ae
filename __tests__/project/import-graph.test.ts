import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readModuleSyntax } from './module-syntax.ts';
import { manifest, root } from './repository.ts';

const portable: readonly string[] = ['.', './fetch'];
const own = Object.keys(manifest.dependencies);

/** What a built entry imports, its chunks included, and not what packages import in turn. */
function importsOf(entry: string): readonly string[] {
  const files = new Set([join(root, entry)]);
  const packages: string[] = [];
  // A set grows while it is walked, so this reaches everything.
  for (const file of files) {
    for (const { specifier = 'a computed import' } of readModuleSyntax(readFileSync(file, 'utf8')).references) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier));
      else packages.push(specifier);
    }
  }
  return packages;
}

test.each(
  Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'object' && portable.includes(subpath) ? [[subpath, target.default] as const] : [],
  ),
)('the built entry %s reaches no module of Node.js and no HTTP client', (_, target) => {
  const imports = importsOf(target);
  expect(imports.filter((specifier) => isBuiltin(specifier))).toEqual([]);
  expect(imports.filter((specifier) => !own.includes(specifier))).toEqual([]);
});

test('tokenflight/fetch brings no dependency along', () => {
  expect(importsOf('dist/adapters/fetch.js')).toEqual([]);
});
