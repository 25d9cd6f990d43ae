export interface CodeBlock {
  readonly language: string;
  /** The words behind the language, for example `no-run`. */
  readonly flags: readonly string[];
  /** The line of the document on which the code begins. */
  readonly line: number;
  /** Led by empty lines, so that a line number in an error is that of the document. */
  readonly code: string;
}

const fenced = /^( *)```(\w+)([^\n]*)\n([\s\S]*?)^\1``` *$/gm;

/** The fenced code blocks of a Markdown document that name a language. */
export function readCodeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(fenced)].map((match) => {
    const [, indent = '', language = '', info = '', body = ''] = match;
    const lineOfFence = markdown.slice(0, match.index).split('\n').length;
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return {
      language,
      flags: info.split(/\s+/).filter((flag) => flag !== ''),
      line: lineOfFence + 1,
      code: '\n'.repeat(lineOfFence) + code,
    };
  });
}
