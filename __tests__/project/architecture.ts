import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { type ModuleReference, type ModuleSyntax, readModuleSyntax } from './module-syntax.ts';

/** Path from the root of the repository, with slashes, to what the file holds. */
export type SourceFiles = ReadonlyMap<string, string>;

/** Returns one line for each violation, beginning with the path of the file at fault. */
export type Rule = (files: SourceFiles) => readonly string[];

const packageName = 'tokenflight';
const index = 'src/index.ts';
/** What runs in a browser or on an edge runtime too. */
const neutralEntries: readonly string[] = [
  index,
  ...['axios', 'fetch', 'ky', 'openapi-fetch'].map((name) => `src/adapters/${name}.ts`),
  'src/store/browser/browser-store.ts',
  'src/store/redis/redis-store.ts',
  'src/provider/workers.ts',
];
const maxLines = 350;
const maxAdapterLines = 150;

/** A file imports its own folder and folders with a lower number. */
const layers: ReadonlyMap<string, number> = new Map([
  ['adapters', 3],
  ['provider', 2],
  ['resource', 2],
  ['testing', 2],
  ['protocol', 1],
  ['store', 1],
  ['telemetry', 1],
  ['values', 0],
  ['errors', 0],
]);

/** `src/store/redis/client.ts` belongs to `store`; a file right in `src` belongs to none. */
const folderOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];
const isAdapter = (path: string): boolean => folderOf(path) === 'adapters';

const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const targetOf = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier);
/** `got/dist/source/core` belongs to `got`, `@scope/name/part` to `@scope/name`. */
const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

function* eachModule(files: SourceFiles): Generator<readonly [path: string, syntax: ModuleSyntax]> {
  for (const [path, source] of files) yield [path, readModuleSyntax(source)];
}

function* eachReference(files: SourceFiles): Generator<readonly [path: string, specifier: string, ModuleReference]> {
  for (const [path, { references }] of eachModule(files)) {
    for (const reference of references) yield [path, reference.specifier ?? '', reference];
  }
}

/** Every relative import, as the path of the file that it names. */
function* eachFileImport(files: SourceFiles): Generator<readonly [path: string, target: string, line: number]> {
  for (const [path, specifier, { line }] of eachReference(files)) {
    if (isRelative(specifier)) yield [path, targetOf(path, specifier), line];
  }
}

function importsByFile(files: SourceFiles): ReadonlyMap<string, readonly string[]> {
  const targets = new Map<string, string[]>([...files.keys()].map((path) => [path, []]));
  for (const [path, target] of eachFileImport(files)) if (files.has(target)) targets.get(path)?.push(target);
  return targets;
}

export const importsCanBeRead: Rule = (files) => {
  const violations: string[] = [];
  for (const [path, specifier, reference] of eachReference(files)) {
    const where = `${path}:${reference.line}`;
    if (reference.specifier === undefined) violations.push(`${where}: a computed import`);
    else if (isRelative(specifier) && !files.has(targetOf(path, specifier))) {
      violations.push(`${where}: ${specifier} is no file of src`);
    } else if (packageOf(specifier) === packageName) {
      violations.push(`${where}: imports its own package by name`);
    } else if (/^[/#]|^\w+:/.test(specifier) && !isBuiltin(specifier)) {
      violations.push(`${where}: ${specifier} is neither a relative path nor a package`);
    }
  }
  return violations;
};

export const filesLieInLayers: Rule = (files) =>
  [...files.keys()]
    .filter((path) => path !== index && !layers.has(folderOf(path) ?? ''))
    .map((path) => `${path}: lies in no layer`);

export const importsPointDown: Rule = (files) => {
  const violations: string[] = [];
  for (const [path, target, line] of eachFileImport(files)) {
    const [from = '', to = ''] = [folderOf(path), folderOf(target)];
    const level = layers.get(from) ?? Number.POSITIVE_INFINITY;
    const targetLevel = layers.get(to) ?? Number.POSITIVE_INFINITY;
    const isAllowed = path === index ? !isAdapter(target) : from === to || targetLevel < level;
    if (!isAllowed) violations.push(`${path}:${line}: imports ${target}`);
  }
  return violations;
};

export const adaptersStandAlone: Rule = (files) =>
  [...eachFileImport(files)]
    .filter(([path, target]) => isAdapter(path) && ['adapters', 'provider', 'store'].includes(folderOf(target) ?? ''))
    .map(([path, target, line]) => `${path}:${line}: an adapter imports ${target}`);

export const noCycles: Rule = (files) => {
  const targets = importsByFile(files);
  const finished = new Set<string>();
  const violations: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      const cycle = [...trail.slice(trail.indexOf(path)), path];
      violations.push(`${path}: a cycle, ${cycle.join(' > ')}`);
    } else if (!finished.has(path)) {
      for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
      finished.add(path);
    }
  };
  for (const path of files.keys()) visit(path, []);
  return violations;
};

export const onePackageOneImporter: Rule = (files) => {
  const importers = new Map<string, Set<string>>();
  for (const [path, specifier] of eachReference(files)) {
    if (specifier === '' || isRelative(specifier) || isBuiltin(specifier)) continue;
    const name = packageOf(specifier);
    importers.set(name, (importers.get(name) ?? new Set()).add(path));
  }
  return [...importers]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${[...paths].join(', ')}: ${name} is imported by more than one file`);
};

export const neutralEntriesUseNoNode: Rule = (files) => {
  const targets = importsByFile(files);
  // A set grows while it is walked, so this reaches everything.
  const reachable = new Set(neutralEntries.filter((path) => files.has(path)));
  for (const path of reachable) for (const target of targets.get(path) ?? []) reachable.add(target);
  return [...eachReference(files)]
    .filter(([path, specifier]) => reachable.has(path) && isBuiltin(specifier))
    .map(([path, specifier, { line }]) => `${path}:${line}: imports ${specifier}`);
};

export const filesAreShort: Rule = (files) => {
  const violations: string[] = [];
  for (const [path, source] of files) {
    const lines = source.trimEnd().split('\n').length;
    const limit = isAdapter(path) ? maxAdapterLines : maxLines;
    if (lines > limit) violations.push(`${path}: ${lines} lines, at most ${limit}`);
  }
  return violations;
};

export const exportsAreNamed: Rule = (files) =>
  [...eachModule(files)].flatMap(([path, { hasDefaultExport, hasStarExport }]) => [
    ...(hasDefaultExport ? [`${path}: a default export`] : []),
    ...(hasStarExport ? [`${path}: a star export`] : []),
  ]);

export const namesAreKebabCase: Rule = (files) =>
  [...files.keys()]
    .filter((path) => !/^src(\/[a-z][a-z0-9]*(-[a-z0-9]+)*)+\.ts$/.test(path))
    .map((path) => `${path}: not kebab-case`);

/** Only the package's own entry, and a file that is the one importer of a dependency, may merely forward. */
export const noBarrels: Rule = (files) =>
  [...eachModule(files)]
    .filter(([path, { onlyForwards }]) => path !== index && onlyForwards)
    .filter(([, { references }]) => references.some(({ specifier = '' }) => isRelative(specifier)))
    .map(([path]) => `${path}: only forwards what other files export`);
