import { ABSENT, KEEPS } from '../contract/rule-names.ts';

/** A test, or a case that is absent, by its titles from the outermost inwards. */
export interface Case {
  readonly titles: readonly string[];
  readonly isPassed: boolean;
}

/** What an adapter has for one rule. */
export interface RuleCases {
  readonly adapter: string;
  /** From 1 on. */
  readonly rule: number;
  readonly tests: number;
  readonly failed: number;
  /** Why there are no tests for parts of it. */
  readonly absent: readonly string[];
}

/** Sorts cases by adapter and rule; what belongs to none is left out. */
export function ruleCases(cases: readonly Case[]): readonly RuleCases[] {
  const found = new Map<
    string,
    { tests: number; failed: number; absent: Set<string> } & Pick<RuleCases, 'adapter' | 'rule'>
  >();
  for (const { titles, isPassed } of cases) {
    const adapter = titles[0]?.endsWith(KEEPS) ? titles[0].slice(0, -KEEPS.length).trim() : undefined;
    const rule = Number(/^rule (\d+):/.exec(titles[1] ?? '')?.[1]);
    const last = titles.at(-1) ?? '';
    if (adapter === undefined || Number.isNaN(rule)) continue;
    const key = `${adapter} ${rule}`;
    const entry = found.get(key) ?? { adapter, rule, tests: 0, failed: 0, absent: new Set() };
    found.set(key, entry);
    if (last.startsWith(ABSENT)) entry.absent.add(last.slice(ABSENT.length));
    else entry.tests++;
    if (!isPassed) entry.failed++;
  }
  return [...found.values()].map((entry) => ({ ...entry, absent: [...entry.absent] }));
}
