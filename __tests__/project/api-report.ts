import { posix } from 'node:path';
import { entries, readText } from './repository.ts';

/** A declaration file, taken apart. */
interface Declarations {
  /** Local name to its declaration, without comments; of a function with all its signatures. */
  readonly declared: ReadonlyMap<string, string>;
  readonly exported: ReadonlySet<string>;
  /** Local name to where it comes from. */
  readonly imported: ReadonlyMap<string, Origin>;
  /** The same for names that are passed on. */
  readonly forwarded: ReadonlyMap<string, Origin>;
}

interface Origin {
  readonly path: string;
  readonly name: string;
}

const comment = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const forward = /^(import|export)(?: type)? \{([^}]*)\} from '([^']+)'/;
const beginning = /^(?:abstract|class|const|declare|enum|export|function|import|interface|let|type) /;
const declaration = /^(?:export )?(?:declare )?(?:abstract )?(?:class|const|enum|function|interface|let|type) (\w+)/;

/** The compiler begins each statement at the margin, with one of a few words. */
function statementsOf(text: string): readonly string[] {
  const lines = text
    .replace(comment, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const statements: string[] = [];
  for (const line of lines) {
    if (beginning.test(line)) statements.push(line.trimEnd());
    else statements.push(`${statements.pop() ?? ''}\n${line.trimEnd()}`);
  }
  return statements;
}

function readDeclarations(path: string): Declarations {
  const declared = new Map<string, string>();
  const exported = new Set<string>();
  const imported = new Map<string, Origin>();
  const forwarded = new Map<string, Origin>();
  for (const statement of statementsOf(readText(path))) {
    const [, kind, names = '', specifier = ''] = forward.exec(statement.replaceAll('\n', ' ')) ?? [];
    if (kind !== undefined) {
      if (!specifier.startsWith('.')) continue; // another package's types
      const from = posix.join(posix.dirname(path), specifier).replace(/\.ts$/, '.d.ts');
      for (const item of names.split(',')) {
        const [name = '', local = name] = item
          .trim()
          .replace(/^type /, '')
          .split(' as ');
        if (name !== '') (kind === 'import' ? imported : forwarded).set(local, { path: from, name });
      }
      continue;
    }
    const name = declaration.exec(statement)?.[1];
    if (name === undefined) {
      if (/^export \{\};?$|^import type \* as /.test(statement)) continue; // nothing, or another package's types
      throw new Error(`${path}: no declaration that could be read: ${statement}`);
    }
    if (statement.startsWith('export ')) exported.add(name);
    declared.set(name, [declared.get(name), statement].filter(Boolean).join('\n'));
  }
  return { declared, exported, imported, forwarded };
}

const files = new Map<string, Declarations>();

function declarationsIn(path: string): Declarations {
  const known = files.get(path) ?? readDeclarations(path);
  files.set(path, known);
  return known;
}

function originOf(origin: Origin): Origin {
  const next = declarationsIn(origin.path).forwarded.get(origin.name);
  return next === undefined ? origin : originOf(next);
}

/** What an entry exports, by the name that users know. */
function exportsOf(path: string): readonly (readonly [string, Origin])[] {
  const { exported, forwarded } = declarationsIn(path);
  const own = [...exported].map((name) => [name, { path, name }] as const);
  return [...own, ...[...forwarded].map(([name, origin]) => [name, originOf(origin)] as const)];
}

const identityOf = ({ path, name }: Origin): string => `${path} ${name}`;

/** What declarations name, and those in turn, without its being among them. */
function namedBy(roots: readonly Origin[]): readonly (readonly [string, Origin])[] {
  const seen = new Set(roots.map(identityOf));
  const found: (readonly [string, Origin])[] = [];
  const toRead = [...roots];
  for (const { path, name } of toRead) {
    const { declared, imported } = declarationsIn(path);
    for (const [word] of declared.get(name)?.matchAll(/\b[A-Za-z_$][\w$]*\b/g) ?? []) {
      const here = declared.has(word) ? { path, name: word } : imported.get(word);
      const origin = here && originOf(here);
      if (origin === undefined || seen.has(identityOf(origin))) continue;
      seen.add(identityOf(origin));
      found.push([word, origin]);
      toRead.push(origin);
    }
  }
  return found;
}

function section(title: string, names: readonly (readonly [string, Origin])[]): string {
  const texts = [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { path, name }]) => {
      const text = declarationsIn(path).declared.get(name);
      if (text === undefined) throw new Error(`${path} does not declare ${name}`);
      return text.replaceAll(/^(export )?(declare )?/gm, '').replaceAll('    ', '  ');
    });
  return `## ${title}\n\n\`\`\`ts\n${texts.join('\n')}\n\`\`\`\n`;
}

/** Every name that the built package exports, with its signature. It changes when the public API does. */
export function apiReport(): string {
  const head = '# API report\n\nWritten by `npm run api` from the built declarations.\n';
  const found = entries.map(({ specifier, path }) => ({ specifier, names: exportsOf(`dist/${path}.d.ts`) }));
  const roots = found.flatMap(({ names }) => names.map(([, origin]) => origin));
  return [
    head,
    ...found.map(({ specifier, names }) => section(specifier, names)),
    section('Named by these, not exported', namedBy(roots)),
  ].join('\n');
}
