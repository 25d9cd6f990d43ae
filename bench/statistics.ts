/** A median, and the quartiles that half of all values lie between. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which this share of all lie, from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function spreadOf(values: readonly number[], digits: number): Spread {
  const at = (share: number): number => rounded(quantile(values, share), digits);
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** How far, with 95 % certainty, the median of so many values is at most from that of endlessly many: by order statistics. */
export function uncertaintyOf(values: readonly number[]): number {
  const share = 0.98 / Math.sqrt(values.length);
  const middle = median(values);
  return Math.max(
    middle - quantile(values, Math.max(0, 0.5 - share)),
    quantile(values, Math.min(1, 0.5 + share)) - middle,
  );
}

export const ratios = (values: readonly number[], floors: readonly number[]): readonly number[] =>
  values.map((value, at) => value / (floors[at] ?? Number.NaN));

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
