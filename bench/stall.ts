// What callers notice of renewals: steady calls while short tokens end again and again, and a token takes its time.
import { isChosen, rounds, seconds } from './arguments.ts';
import type { Calls } from './caller.ts';
import { FLOOR, type LoadOutcome, loadSubjects, Site } from './load.ts';
import { progress, report } from './report.ts';
import type { Row } from './result.ts';
import { median, quantile, rounded, shuffled, spreadOf } from './statistics.ts';

const ROUNDS = rounds(3);
const DELAYED_MS = 20;
const plan = {
  lifetimeSeconds: 3,
  marginSeconds: 1,
  latencyMs: 300,
  callsPerSecond: 200,
  seconds,
  warmUpSeconds: 1,
};

const names = Object.keys(loadSubjects).filter(isChosen);
const outcomes = new Map(names.map((name) => [name, [] as LoadOutcome[]]));
const problems = new Map<string, string>();
const site = await Site.start();
for (let round = 1; round <= ROUNDS; round++) {
  for (const [at, name] of shuffled(names).entries()) {
    progress(`stall: round ${round} of ${ROUNDS}, ${at + 1} of ${names.length}: ${name}`);
    const outcome = await site.run(name, plan).catch((error: Error) => void problems.set(name, error.message));
    if (outcome) outcomes.get(name)?.push(outcome);
  }
}
site.close();

const p999 = ({ latenciesMs }: Calls): number => quantile(latenciesMs, 0.999);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const delayed = (latenciesMs: readonly number[]): number => latenciesMs.filter((ms) => ms > DELAYED_MS).length;

function rowOf(name: string): Row {
  const runs = outcomes.get(name) ?? [];
  const answered = runs.filter(({ own, fixed }) => own.latenciesMs.length > 0 && fixed.latenciesMs.length > 0);
  const own = (count: (calls: Calls) => number): number => sum(runs.map((run) => count(run.own)));
  const rejections = sum(runs.map(({ unhandledRejections }) => unhandledRejections));
  const lifetime = runs[0]?.lifetimeSeconds;
  const notes = [
    loadSubjects[name]?.note,
    problems.get(name),
    lifetime !== undefined &&
      lifetime !== plan.lifetimeSeconds &&
      name !== FLOOR &&
      `tokens of ${lifetime} s: it renews them so early`,
    rejections > 0 && `${rejections} unhandled rejections`,
  ].filter(Boolean);
  return {
    name,
    figures: {
      calls: own(({ calls }) => calls),
      'over 20 ms': own(({ latenciesMs }) => delayed(latenciesMs)),
      'of these for a token': own(({ tokenWaitsMs }) => delayed(tokenWaitsMs)),
      'over 20 ms, fixed header': sum(runs.map(({ fixed }) => delayed(fixed.latenciesMs))),
      '401s': own(({ unauthorized }) => unauthorized),
      failed: own(({ calls, latenciesMs }) => calls - latenciesMs.length),
      ...(answered.length > 0 && {
        'p99.9 ms': rounded(median(answered.map((run) => p999(run.own))), 1),
        'p99.9 ratio': spreadOf(
          answered.map((run) => p999(run.own) / p999(run.fixed)),
          2,
        ),
      }),
      'token requests': name === FLOOR ? undefined : sum(runs.map(({ tokenRequests }) => tokenRequests)),
    },
    ...(name === 'tokenflight' && {
      targets: { 'over 20 ms': 0, 'of these for a token': 0, '401s': 0, failed: 0, 'p99.9 ratio': 1.1 },
    }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}
const all = [...outcomes.values()].flat();
// One in a thousand may happen anywhere.
const isTooBusy =
  sum(all.map(({ fixed }) => delayed(fixed.latenciesMs))) > sum(all.map(({ fixed }) => fixed.calls)) / 1_000;
report(
  'stall',
  `${plan.callsPerSecond} calls a second, tokens of ${plan.lifetimeSeconds} s that take ${plan.latencyMs} ms to get, beside: the same client with a fixed header`,
  names.map(rowOf),
  isTooBusy ? 'the machine was too busy: calls with a fixed header took over 20 ms, too' : undefined,
);
