import { ConfigurationError } from './configuration-error.ts';

/** Refuses names that are not known, since a misspelt option would silently do nothing, and null, which is no default. */
export function checkNames(where: string, value: object, known: ReadonlySet<string>): void {
  for (const [name, entry] of Object.entries(value)) {
    const option = where === '' ? name : `${where}.${name}`;
    if (!known.has(name)) throw new ConfigurationError(option, 'is not a known option');
    if (entry === null) throw new ConfigurationError(option, 'must not be null: leave it out for the default');
  }
}

/** The options of a function, with known names only. */
export function checkOptions(value: unknown, ...known: readonly string[]): void {
  checkNames('', checkedObject('options', value), new Set(known));
}

export function checkedNumber(
  option: string,
  value: unknown,
  range: { readonly min: number; readonly max: number; readonly open?: boolean; readonly integer?: boolean },
): number {
  const { min, max, open = false, integer = false } = range;
  const fits =
    typeof value === 'number' &&
    (open ? value > min && value < max : value >= min && value <= max) &&
    (!integer || Number.isInteger(value));
  if (fits) return value;
  const kind = integer ? 'a whole number' : 'a number';
  const bounds = open ? `above ${min} and below ${max}` : `from ${min} to ${max}`;
  throw new ConfigurationError(option, `must be ${kind} ${bounds}, got ${shown(value)}`);
}

/** A time above 0 that a timer can wait. */
export function checkedTimeoutMs(option: string, value: unknown): number {
  return checkedNumber(option, value, { min: 0, max: 2 ** 31, open: true });
}

export function checkedString(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(option, `must be a string that is not empty, got ${shown(value)}`);
}

export function checkedBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConfigurationError(option, `must be true or false, got ${shown(value)}`);
}

export function checkedFunction<T>(option: string, value: T): T {
  if (typeof value === 'function') return value;
  throw new ConfigurationError(option, `must be a function, got ${shown(value)}`);
}

export function checkedObject(option: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigurationError(option, `must be an object, got ${shown(value)}`);
}

/** Checks what may be left out. */
export function ifGiven<T>(option: string, value: unknown, check: (option: string, value: unknown) => T): void {
  if (value !== undefined) check(option, value);
}

/** A text that was given in the wrong place may be a secret, so texts are never quoted. */
function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
