import { describe, expect, test } from '@jest/globals';
import * as rules from './architecture.ts';
import { listFiles, readText } from './repository.ts';

const sources: rules.SourceFiles = new Map(listFiles('src').map((path) => [path, readText(path)]));

const uses = (...specifiers: string[]): string =>
  specifiers.map((specifier, position) => `import type { A${position} } from '${specifier}';`).join('\n');
const code = 'export const a = 1;';
const lines = (count: number): string => `${code}\n`.repeat(count);

type Files = Readonly<Record<string, string>>;
interface Sample {
  readonly rule: rules.Rule;
  /** Sets of files that break the rule, each with what the rule says of it. */
  readonly broken: readonly (readonly [files: Files, ...said: string[]])[];
  readonly kept: Files;
}

const samples: Readonly<Record<string, Sample>> = {
  'imports can be read': {
    rule: rules.importsCanBeRead,
    broken: [
      [{ 'src/values/a.ts': 'await import(name);' }, 'src/values/a.ts:1: a computed import'],
      [{ 'src/values/a.ts': uses('./b.ts') }, 'src/values/a.ts:1: ./b.ts is no file of src'],
      [{ 'src/values/a.ts': uses('../../package.json') }, 'src/values/a.ts:1: ../../package.json is no file of src'],
      [{ 'src/values/a.ts': uses('tokenflight/got') }, 'src/values/a.ts:1: imports its own package by name'],
      [
        { 'src/values/a.ts': uses('https://a.test/b.js', '/b.ts', '#b') },
        'src/values/a.ts:1: https://a.test/b.js is neither a relative path nor a package',
        'src/values/a.ts:2: /b.ts is neither a relative path nor a package',
        'src/values/a.ts:3: #b is neither a relative path nor a package',
      ],
    ],
    kept: { 'src/values/a.ts': uses('./b.ts', 'lru-cache', '@a/b/c', 'node:os', 'os'), 'src/values/b.ts': code },
  },
  'every file lies in a layer': {
    rule: rules.filesLieInLayers,
    broken: [
      [{ 'src/utils/a.ts': code, 'src/a.ts': code }, 'src/utils/a.ts: lies in no layer', 'src/a.ts: lies in no layer'],
    ],
    kept: { 'src/index.ts': code, 'src/values/a.ts': code, 'src/store/redis/a.ts': code },
  },
  'a file imports its own folder and lower layers': {
    rule: rules.importsPointDown,
    broken: [
      [{ 'src/values/a.ts': `${code}\n${uses('../store/a.ts')}` }, 'src/values/a.ts:2: imports src/store/a.ts'],
      [{ 'src/values/a.ts': uses('../errors/a.ts') }, 'src/values/a.ts:1: imports src/errors/a.ts'],
      [{ 'src/provider/a.ts': uses('../resource/a.ts') }, 'src/provider/a.ts:1: imports src/resource/a.ts'],
      [{ 'src/protocol/a.ts': uses('../telemetry/a.ts') }, 'src/protocol/a.ts:1: imports src/telemetry/a.ts'],
      [{ 'src/store/redis/a.ts': uses('../../provider/a.ts') }, 'src/store/redis/a.ts:1: imports src/provider/a.ts'],
      [{ 'src/index.ts': uses('./adapters/got.ts') }, 'src/index.ts:1: imports src/adapters/got.ts'],
      [{ 'src/adapters/got.ts': uses('../index.ts') }, 'src/adapters/got.ts:1: imports src/index.ts'],
      [{ 'src/values/a.ts': `await import('../store/a.ts')` }, 'src/values/a.ts:1: imports src/store/a.ts'],
      [{ 'src/values/a.ts': `export { a } from '../store/a.ts'` }, 'src/values/a.ts:1: imports src/store/a.ts'],
    ],
    kept: {
      'src/index.ts': uses('./provider/a.ts', './values/a.ts'),
      'src/adapters/got.ts': uses('../resource/a.ts', '../errors/a.ts'),
      'src/provider/a.ts': uses('./b.ts', '../protocol/a.ts', '../store/redis/a.ts', '../values/a.ts'),
      'src/store/redis/a.ts': uses('../a.ts', '../../errors/a.ts', 'lru-cache', 'node:os'),
      'src/values/a.ts': `// ${uses('../store/a.ts')}`,
    },
  },
  'an adapter stands alone': {
    rule: rules.adaptersStandAlone,
    broken: [
      [
        { 'src/adapters/got.ts': uses('./fetch.ts', '../provider/a.ts', '../store/a.ts') },
        'src/adapters/got.ts:1: an adapter imports src/adapters/fetch.ts',
        'src/adapters/got.ts:2: an adapter imports src/provider/a.ts',
        'src/adapters/got.ts:3: an adapter imports src/store/a.ts',
      ],
    ],
    kept: { 'src/adapters/got.ts': uses('../resource/a.ts', '../values/a.ts', 'got') },
  },
  'no file imports itself in a circle': {
    rule: rules.noCycles,
    broken: [
      [{ 'src/values/a.ts': uses('./a.ts') }, 'src/values/a.ts: a cycle, src/values/a.ts > src/values/a.ts'],
      [
        {
          'src/values/z.ts': uses('./a.ts'),
          'src/values/a.ts': uses('./b.ts', './c.ts'),
          'src/values/b.ts': code,
          'src/values/c.ts': `export { a } from './a.ts';`,
        },
        'src/values/a.ts: a cycle, src/values/a.ts > src/values/c.ts > src/values/a.ts',
      ],
    ],
    kept: {
      'src/values/a.ts': uses('./b.ts', './c.ts'),
      'src/values/b.ts': uses('./d.ts'),
      'src/values/c.ts': uses('./d.ts'),
      'src/values/d.ts': code,
    },
  },
  'a package has one importing file': {
    rule: rules.onePackageOneImporter,
    broken: [
      [
        { 'src/store/a.ts': uses('lru-cache'), 'src/store/b.ts': uses('lru-cache/raw') },
        'src/store/a.ts, src/store/b.ts: lru-cache is imported by more than one file',
      ],
      [
        { 'src/store/a.ts': uses('@a/b'), 'src/store/b.ts': `type B = import('@a/b/c').B;` },
        'src/store/a.ts, src/store/b.ts: @a/b is imported by more than one file',
      ],
    ],
    kept: {
      'src/store/a.ts': uses('lru-cache', 'lru-cache', '@a/b', 'node:os', './b.ts'),
      'src/store/b.ts': uses('@a/c', 'node:os', 'os'),
    },
  },
  'what runs in browsers imports nothing of Node': {
    rule: rules.neutralEntriesUseNoNode,
    broken: [
      [
        {
          'src/index.ts': uses('./provider/a.ts'),
          'src/provider/a.ts': uses('../values/a.ts'),
          'src/values/a.ts': uses('node:os'),
        },
        'src/values/a.ts:1: imports node:os',
      ],
      [{ 'src/adapters/fetch.ts': uses('os') }, 'src/adapters/fetch.ts:1: imports os'],
      [
        { 'src/adapters/fetch.ts': `await import('node:fs/promises')` },
        'src/adapters/fetch.ts:1: imports node:fs/promises',
      ],
    ],
    kept: { 'src/index.ts': uses('./values/a.ts'), 'src/values/a.ts': code, 'src/adapters/got.ts': uses('node:os') },
  },
  'files are short': {
    rule: rules.filesAreShort,
    broken: [
      [
        { 'src/values/a.ts': lines(351), 'src/adapters/got.ts': lines(151) },
        'src/values/a.ts: 351 lines, at most 350',
        'src/adapters/got.ts: 151 lines, at most 150',
      ],
    ],
    kept: { 'src/values/a.ts': lines(350), 'src/adapters/got.ts': lines(150) },
  },
  'exports are named': {
    rule: rules.exportsAreNamed,
    broken: [
      [{ 'src/values/a.ts': 'export default 1;' }, 'src/values/a.ts: a default export'],
      [{ 'src/index.ts': `export * from './values/a.ts';` }, 'src/index.ts: a star export'],
    ],
    kept: { 'src/values/a.ts': `import b from 'b';\nexport { default as c } from 'c';\n${code}` },
  },
  'names are kebab-case': {
    rule: rules.namesAreKebabCase,
    broken: [
      [
        {
          'src/values/cacheKey.ts': code,
          'src/Values/a.ts': code,
          'src/values/a_b.ts': code,
          'src/values/a.mts': code,
        },
        'src/values/cacheKey.ts: not kebab-case',
        'src/Values/a.ts: not kebab-case',
        'src/values/a_b.ts: not kebab-case',
        'src/values/a.mts: not kebab-case',
      ],
    ],
    kept: { 'src/values/cache-key.ts': code, 'src/adapters/fetch2.ts': code },
  },
  'no file only forwards': {
    rule: rules.noBarrels,
    broken: [
      [
        { 'src/values/index.ts': `export { a } from './a.ts';` },
        'src/values/index.ts: only forwards what other files export',
      ],
      [
        { 'src/values/all.ts': `import { a } from './a.ts';\nimport 'lru-cache';\nexport { a };` },
        'src/values/all.ts: only forwards what other files export',
      ],
    ],
    kept: {
      'src/index.ts': `export { a } from './values/a.ts';`,
      'src/store/cache.ts': `export { LRUCache } from 'lru-cache';`,
      'src/values/a.ts': `export { b } from './b.ts';\n${code}`,
    },
  },
};

const filesOf = (files: Files): rules.SourceFiles => new Map(Object.entries(files));

test('the sources are there to be read', () => {
  expect([...sources.keys()]).toEqual(expect.arrayContaining(['src/index.ts', 'src/adapters/fetch.ts']));
});

test('every rule has its samples', () => {
  const sampled = new Set<unknown>(Object.values(samples).map(({ rule }) => rule));
  expect(Object.entries(rules).flatMap(([name, rule]) => (sampled.has(rule) ? [] : [name]))).toEqual([]);
});

describe.each(Object.entries(samples))('%s', (_, { rule, broken, kept }) => {
  test('in the sources', () => {
    expect(rule(sources)).toEqual([]);
  });

  test.each(broken)('not in %j', (files, ...said) => {
    expect(rule(filesOf(files))).toEqual(said);
  });

  test('in a sample that keeps it', () => {
    expect(rule(filesOf(kept))).toEqual([]);
  });
});
