/** An `import`, an `export … from`, an `import()` or an `import('…')` type. */
export interface ModuleReference {
  /** Undefined where it is computed, so that nobody can tell what is imported. */
  readonly specifier: string | undefined;
  readonly line: number;
}

export interface ModuleSyntax {
  readonly references: readonly ModuleReference[];
  readonly hasDefaultExport: boolean;
  readonly hasStarExport: boolean;
  /** Nothing but imports and export lists: the file adds no code and no type of its own. */
  readonly onlyForwards: boolean;
}

interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'pattern' | 'sign';
  /** Of a string, what stands between the quotes. */
  readonly text: string;
  readonly line: number;
}

const blank = /\s+|\/\/.*|\/\*[\s\S]*?\*\//y;
const word = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const number = /\d[\w.]*/y;
const quoted = /(['"])((?:(?!\1)[^\\\n]|\\[\s\S])*)\1/y;
const pattern = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
// From a backtick, or from the brace that closes a substitution, to the next substitution or to the end.
const templatePart = /[`}]((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/y;
const sign = /\+\+|--|[\s\S]/uy;

// A slash after one of these words begins a pattern; after any other word it divides.
const wordsBeforePatterns = new Set(
  'await case delete do else in instanceof of return throw typeof void yield'.split(' '),
);
const signsAfterValues = new Set([')', ']', '}', '++', '--']);

function endsAValue(tokens: readonly Token[], index: number = tokens.length - 1): boolean {
  const token = tokens[index];
  if (token === undefined) return false;
  if (token.kind === 'word') return !wordsBeforePatterns.has(token.text);
  if (token.kind !== 'sign') return true;
  // `a! / b` divides, `!/b/.test(c)` does not.
  return token.text === '!' ? endsAValue(tokens, index - 1) : signsAfterValues.has(token.text);
}

/** Takes TypeScript apart as far as is needed to tell code from comments, strings, templates and patterns. */
function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  // One entry for each template substitution being read: how many braces are open inside it.
  const substitutions: number[] = [];
  let at = 0;
  let line = 1;

  const read = (expression: RegExp, kind?: Token['kind'], group = 0): string | undefined => {
    expression.lastIndex = at;
    const match = expression.exec(source);
    if (match === null) return undefined;
    if (kind !== undefined) tokens.push({ kind, text: match[group] ?? '', line });
    at += match[0].length;
    line += match[0].split('\n').length - 1;
    return match[0];
  };

  while (at < source.length) {
    if (read(blank) !== undefined) continue;
    const openBraces = substitutions.at(-1);
    const isTemplate = source[at] === '`' || (source[at] === '}' && openBraces === 0);
    if (isTemplate) {
      if (source[at] === '}') substitutions.pop();
      const part = read(templatePart, 'string', 1);
      if (part === undefined) throw new SyntaxError(`line ${line}: a template does not end`);
      if (part.endsWith('${')) {
        substitutions.push(0);
        // What follows begins an expression, and the template as a whole is no plain string.
        tokens.push({ kind: 'sign', text: '${', line });
      }
      continue;
    }
    if (source[at] === '/' && !endsAValue(tokens) && read(pattern, 'pattern') !== undefined) continue;
    if ((read(quoted, 'string', 2) ?? read(word, 'word') ?? read(number, 'number')) !== undefined) continue;
    const text = read(sign, 'sign');
    if (openBraces !== undefined && text === '{') substitutions[substitutions.length - 1] = openBraces + 1;
    if (openBraces !== undefined && text === '}') substitutions[substitutions.length - 1] = openBraces - 1;
  }
  return tokens;
}

/** Reads the module syntax of a TypeScript file, without a compiler: the one in use has no API to ask. */
export function readModuleSyntax(source: string): ModuleSyntax {
  const tokens = tokenize(source);
  const references: ModuleReference[] = [];
  let hasDefaultExport = false;
  let hasStarExport = false;
  let forwards = false;
  let ownCode = false;

  const is = (index: number, text: string, kind: Token['kind'] = 'sign'): boolean =>
    tokens[index]?.text === text && tokens[index]?.kind === kind;
  const isWord = (index: number, text: string): boolean => is(index, text, 'word');
  const indexOfSign = (text: string, from: number): number => {
    const found = tokens.findIndex((_, index) => index >= from && is(index, text));
    return found === -1 ? tokens.length : found;
  };
  // After `from` or `import`: the specifier, import attributes and the semicolon. Returns the index behind them.
  const readSpecifier = (index: number, line: number): number => {
    references.push({ specifier: tokens[index]?.text, line });
    const afterAttributes = isWord(index + 1, 'with') ? indexOfSign('}', index + 1) + 1 : index + 1;
    return is(afterAttributes, ';') ? afterAttributes + 1 : afterAttributes;
  };

  let index = 0;
  while (index < tokens.length) {
    const line = tokens[index]?.line ?? 0;
    const next = tokens[index + 1];
    const isKeyword = !is(index - 1, '.');

    if (isKeyword && isWord(index, 'import') && next?.kind === 'string') {
      index = readSpecifier(index + 1, line);
    } else if (isKeyword && isWord(index, 'import') && is(index + 1, '(')) {
      const isPlain = tokens[index + 2]?.kind === 'string' && (is(index + 3, ')') || is(index + 3, ','));
      references.push({ specifier: isPlain ? tokens[index + 2]?.text : undefined, line });
      ownCode = true;
      index += 2;
    } else if (
      isKeyword &&
      isWord(index, 'import') &&
      (next?.kind === 'word' || is(index + 1, '{') || is(index + 1, '*'))
    ) {
      const from = tokens.findIndex((token, i) => i > index && token.kind === 'string' && isWord(i - 1, 'from'));
      index = readSpecifier(from === -1 ? tokens.length : from, line);
    } else if (isKeyword && isWord(index, 'export')) {
      const list = isWord(index + 1, 'type') && (is(index + 2, '{') || is(index + 2, '*')) ? index + 2 : index + 1;
      if (is(list, '{')) {
        const end = indexOfSign('}', list);
        // The name under which something leaves the file is the last one before the comma.
        for (let i = list + 1; i < end; i += 1) {
          if (tokens[i]?.text === 'default' && (is(i + 1, ',') || i + 1 === end)) hasDefaultExport = true;
        }
        forwards = true;
        index = isWord(end + 1, 'from') ? readSpecifier(end + 2, line) : is(end + 1, ';') ? end + 2 : end + 1;
      } else if (is(list, '*')) {
        hasStarExport = true;
        forwards = true;
        index = readSpecifier(isWord(list + 1, 'as') ? list + 4 : list + 2, line);
      } else {
        if (isWord(list, 'default') || is(list, '=')) hasDefaultExport = true;
        ownCode = true;
        index += 1;
      }
    } else {
      ownCode = true;
      index += 1;
    }
  }
  return { references, hasDefaultExport, hasStarExport, onlyForwards: forwards && !ownCode };
}
