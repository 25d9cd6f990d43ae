import { parseArgs } from 'node:util';

export const benches = ['hot', 'inject', 'herd', 'stall', 'outage', 'cold', 'memory', 'proofs', 'size'] as const;
export type Bench = (typeof benches)[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true, default: [] },
    subject: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

export const usage = `Usage: npm run bench -- [options]

Measures into bench/results, then draws the charts there and writes docs/bench.md and the figures in the README.

  --only <name>     ${benches.join(', ')}: this one; may be repeated, and name several with commas
  --subject <text>  stall and outage only with the subjects whose name has this in it; may be repeated
  --seconds <n>     how long each round of stall lasts, 3 to 600 (default: 6)
  --quick           a fraction of the rounds, to see that all works
  --help            this text

With --quick, --subject or --seconds nothing is written: what is kept is always measured in the same way.
`;

export const isHelp = values.help;
export const only: readonly string[] = [...values.only, ...positionals].flatMap((names) => names.split(','));
const unknown = only.filter((name) => !benches.some((bench) => bench === name));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}: choose from ${benches.join(', ')}`);

export const isQuick = values.quick;
/** Whether what is measured is comparable with what was measured before, and kept. */
export const isWhole = !isQuick && values.subject.length === 0 && values.seconds === undefined;

export const seconds = Number(values.seconds ?? (isQuick ? 3 : 6));
if (!(seconds >= 3 && seconds <= 600)) throw new Error('--seconds must be a number from 3 to 600');

/** Of so many rounds, those to make now. */
export const rounds = (whole: number): number => (isQuick ? Math.max(1, Math.ceil(whole / 10)) : whole);

export const isChosen = (subject: string): boolean =>
  values.subject.length === 0 || values.subject.some((text) => subject.includes(text));
