// What callers notice of a token endpoint that is down, or hangs, and recovers before their token ends.
import { isChosen } from './arguments.ts';
import type { Calls } from './caller.ts';
import { FLOOR, type LoadOutcome, type LoadPlan, loadSubjects, Site } from './load.ts';
import { progress, report } from './report.ts';
import type { Row } from './result.ts';
import type { Trouble } from './site.ts';

const TOGETHER = 7;
const STUCK_MS = 2_000;
const plan: LoadPlan = {
  lifetimeSeconds: 10,
  marginSeconds: 2,
  latencyMs: 100,
  callsPerSecond: 50,
  seconds: 13,
  warmUpSeconds: 0,
};
// It covers the moments at which tokens are renewed: after 4 to 5 s by us, after 8 s by all whose margin can be chosen.
const troubles: Readonly<Record<string, Trouble>> = {
  down: { kind: 'refusing', fromMs: 3_000, toMs: 9_000 },
  hanging: { kind: 'hanging', fromMs: 3_000, toMs: 9_000 },
};

const names = Object.keys(loadSubjects).filter(isChosen);
const outcomes = new Map(names.map((name) => [name, new Map<string, LoadOutcome>()]));
const problems = new Map<string, string>();
const runs = names.flatMap((name) => Object.entries(troubles).map(([kind, trouble]) => ({ name, kind, trouble })));
const site = await Site.start();
let done = 0;
const timer = setInterval(() => progress(`outage: ${done} of ${runs.length}`), 500);
const queue = runs.values();
// One after the other would take minutes; what is counted here needs no quiet.
const workers = Array.from({ length: TOGETHER }, async () => {
  for (const { name, kind, trouble } of queue) {
    const outcome = await site
      .run(name, { ...plan, trouble })
      .catch((error: Error) => void problems.set(name, `${kind}: ${error.message}`));
    if (outcome) outcomes.get(name)?.set(kind, outcome);
    done++;
  }
});
await Promise.all(workers);
clearInterval(timer);
site.close();

const stuck = ({ tokenWaitsMs, waiting }: Calls): number => waiting + tokenWaitsMs.filter((ms) => ms > STUCK_MS).length;

const failed = ({ calls, latenciesMs }: Calls): number => calls - latenciesMs.length;

function rowOf(name: string): Row {
  const figures: Record<string, number> = {};
  const notes = [loadSubjects[name]?.note, problems.get(name)];
  for (const kind of Object.keys(troubles)) {
    const outcome = outcomes.get(name)?.get(kind);
    if (outcome === undefined) continue;
    const { own, mostRequestsInOneSecond, unhandledRejections, lifetimeSeconds } = outcome;
    figures[`${kind}: failed`] = failed(own);
    figures[`${kind}: stuck`] = stuck(own);
    if (name !== FLOOR) figures[`${kind}: requests/s`] = mostRequestsInOneSecond;
    if (unhandledRejections > 0) notes.push(`${unhandledRejections} unhandled rejections while ${kind}`);
    if (kind === 'down' && lifetimeSeconds !== plan.lifetimeSeconds && name !== FLOOR)
      notes.push(`tokens of ${lifetimeSeconds} s: it renews them so early`);
  }
  const targets = Object.fromEntries(
    Object.keys(figures).map((figure) => [figure, figure.endsWith('requests/s') ? 1 : 0]),
  );
  const note = notes.filter(Boolean).join('; ');
  return { name, figures, ...(name === 'tokenflight' && { targets }), ...(note && { note }) };
}
const calls = plan.callsPerSecond * plan.seconds;
const fixed = [...outcomes.values()].flatMap((byKind) => [...byKind.values()].map((outcome) => outcome.fixed));
const isTooBusy = fixed.some((each) => failed(each) > 0 || Math.max(...each.latenciesMs) > STUCK_MS);
report(
  'outage',
  `of ${calls} calls, while the token endpoint is down or hangs for 6 s and a token lasts 10 s; stuck: ${STUCK_MS / 1_000} s without a token or an error`,
  names.map(rowOf),
  isTooBusy ? 'the machine was too busy: calls with a fixed header failed or took over 2 s, too' : undefined,
);
