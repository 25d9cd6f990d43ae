import { describe, expect, test } from '@jest/globals';
import { readModuleSyntax } from './module-syntax.ts';

const specifiers = (source: string): (string | undefined)[] =>
  readModuleSyntax(source).references.map(({ specifier }) => specifier);

describe('references', () => {
  test.each<[what: string, source: string, expected: (string | undefined)[]]>([
    ['a side effect', `import './a.ts';`, ['./a.ts']],
    ['a default import', `import a from "a";`, ['a']],
    ['a namespace', `import * as a from 'a'`, ['a']],
    ['names over lines', `import {\n  a, // from 'x'\n  type B,\n} from './a.ts';`, ['./a.ts']],
    ['types', `import type { A } from 'a'; import type B from 'b';`, ['a', 'b']],
    ['names that are keywords', `import { from, default as as } from 'a';`, ['a']],
    ['attributes', `import a from './a.json' with { type: 'json' };`, ['./a.json']],
    ['a re-export', `export { a, type B } from 'a';`, ['a']],
    ['a re-export of types', `export type { A } from 'a';`, ['a']],
    ['stars', `export * from 'a'; export * as b from 'b'; export type * from 'c';`, ['a', 'b', 'c']],
    ['an import()', `const a = await import('a');`, ['a']],
    ['an import() with a template', 'import(`a`)', ['a']],
    ['an import() type', `let a: import('a').A;`, ['a']],
    [
      'a computed import()',
      'import(name); import(`./${name}.ts`); import("./" + name)',
      [undefined, undefined, undefined],
    ],
    ['an import() in a template', 'const a = `${`${await import("a")}`} import("b")`;', ['a']],
    ['no semicolons', `import 'a'\nexport { b } from 'b'\nimport 'c'`, ['a', 'b', 'c']],
    ['comments', `// import 'a'\n/* import 'b' */ /** {@link import('c')} */`, []],
    ['strings', `const a = "import 'a'"; const b = 'it\\'s import("b")'; const c = \`import 'c'\`;`, []],
    ['a quote in a pattern', `const a = /['"\`]/.test(b); import 'a';`, ['a']],
    ['a slash in a pattern', `if (!/[/]\\/'/u.test(a)) {}\nimport 'a';`, ['a']],
    ['divisions', `const a = b! / c; const d = (e) / f; const g = h++ / 2; import 'a';`, ['a']],
    ['braces in a template', 'const a = `${{ b: "}" }.b} \' ${1}`; import "a";', ['a']],
    ['import.meta and properties', `import.meta.url; a.import('a'); ({ import: 1, export: 2 });`, []],
    ['exports of its own', `export const a = 'from'; export function b() {}\nexport { a as c };`, []],
  ])('%s', (_, source, expected) => {
    expect(specifiers(source)).toEqual(expected);
  });

  test('carry their line', () => {
    const source = `/*\n*/\nconst a = \`\n\`;\nimport 'a';\nexport {\n  b,\n} from 'b';`;
    expect(readModuleSyntax(source).references.map(({ line }) => line)).toEqual([5, 6]);
  });
});

describe('exports', () => {
  test.each([
    ['export default class {}', true],
    ['const a = 1; export { a as default };', true],
    [`export { default } from 'a';`, true],
    [`export { default, b } from 'a';`, true],
    [`export { default as a } from 'a';`, false],
    [`import { default as a } from 'a'; export const b = { default: a };`, false],
    ['// export default 1', false],
  ])('%s: default export %s', (source, expected) => {
    expect(readModuleSyntax(source).hasDefaultExport).toBe(expected);
  });

  test.each([
    [`export * from 'a';`, true],
    [`export type * from 'a';`, true],
    [`export * as a from 'a';`, true],
    [`import * as a from 'a'; export const b = a.b * a.c;`, false],
  ])('%s: star export %s', (source, expected) => {
    expect(readModuleSyntax(source).hasStarExport).toBe(expected);
  });

  test.each([
    [`export { a } from './a.ts';`, true],
    [`import { a } from './a.ts';\nexport { a };`, true],
    [`export type { A } from './a.ts'; export { b } from './b.ts'`, true],
    [`export { a } from './a.ts'; export const b = 1;`, false],
    [`export { a } from './a.ts'; export type B = 1;`, false],
    [`import './a.ts';`, false],
    ['export const a = 1;', false],
  ])('%s: only forwards %s', (source, expected) => {
    expect(readModuleSyntax(source).onlyForwards).toBe(expected);
  });
});

test('a template without an end is refused rather than misread', () => {
  expect(() => readModuleSyntax('const a = `')).toThrow(SyntaxError);
});
