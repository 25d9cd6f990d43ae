import { expect, test } from '@jest/globals';
import { readCodeBlocks } from './code-blocks.ts';

test('code is found with its language, flags and place', () => {
  const markdown = [
    '# A',
    '```ts',
    'const a = `b`;',
    '```',
    '- item',
    '  ```sh no-run  x',
    '  npm test',
    '',
    '    indented',
    '  ```',
    '```',
    'no language',
    '```',
    'inline ```ts no block```',
  ].join('\n');
  expect(readCodeBlocks(markdown)).toEqual([
    { language: 'ts', flags: [], line: 3, code: '\n\nconst a = `b`;\n' },
    { language: 'sh', flags: ['no-run', 'x'], line: 7, code: '\n\n\n\n\n\nnpm test\n\n  indented\n' },
  ]);
});
