import type { FleetRow } from './report.ts';
import type { FleetResult } from './simulate-fleet.ts';

interface Series {
  readonly label: string;
  readonly colour: 'one' | 'two' | 'three';
  /** Undefined: no point there. */
  readonly of: (result: FleetResult) => number;
  readonly source: 'shared' | 'alone';
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

const PANELS: readonly Panel[] = [
  {
    title: 'token requests per lifetime',
    series: [
      { label: 'without store', colour: 'two', source: 'alone', of: (result) => result.tokenRequestsPerLifetime },
      { label: 'shared', colour: 'one', source: 'shared', of: (result) => result.tokenRequestsPerLifetime },
    ],
  },
  {
    title: 'wait for the first token, ms',
    series: [
      { label: 'cold p99', colour: 'two', source: 'shared', of: ({ coldStart }) => coldStart.p99WaitMs },
      { label: 'cold p50', colour: 'one', source: 'shared', of: ({ coldStart }) => coldStart.p50WaitMs },
      { label: 'restart p99', colour: 'three', source: 'shared', of: ({ massRestart }) => massRestart.p99WaitMs },
    ],
  },
  {
    title: 'store operations per second',
    series: [{ label: 'steady', colour: 'one', source: 'shared', of: (result) => result.storeOperationsPerSecond }],
  },
];

const WIDTH = 330;
const HEIGHT = 310;
const BOX = { left: 62, right: 84, top: 44, bottom: 68 };
const STYLE = `
  svg { --back: #ffffff; --ink: #1f2328; --faint: #d0d7de; --one: #0550ae; --two: #bc4c00; --three: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    svg { --back: #0d1117; --ink: #e6edf3; --faint: #30363d; --one: #79c0ff; --two: #ffa657; --three: #7ee787 }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink) }
  .title { font-weight: 600 }
  .grid { stroke: var(--faint) }
  .back { fill: var(--back) }
  .line { fill: none; stroke-width: 2 }
  .real { fill: var(--back); stroke-width: 2 }`;

/** The results as an SVG image with logarithmic axes: lines are by the model, rings by real providers. */
export function plot(rows: readonly FleetRow[]): string {
  const width = WIDTH * PANELS.length;
  const panels = PANELS.map((panel, index) => `<g transform="translate(${index * WIDTH} 0)">${drawn(panel, rows)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-labelledby="t">
<title id="t">A fleet that shares its token: token requests, waits and store operations by the number of processes</title>
<style>${STYLE}
</style>
<rect class="back" width="${width}" height="${HEIGHT}"/>
<text x="${width - 10}" y="${HEIGHT - 10}" text-anchor="end">lines: model, rings: real providers</text>
${panels.join('\n')}
</svg>
`;
}

function drawn({ title, series }: Panel, rows: readonly FleetRow[]): string {
  const values = series.flatMap(({ of, source }) => rows.map((row) => of(row[source]))).filter((value) => value > 0);
  const across = scale(
    rows.map(({ processes }) => processes),
    BOX.left,
    WIDTH - BOX.right,
  );
  const up = scale(values, HEIGHT - BOX.bottom, BOX.top);
  const marks = [
    `<text class="title" x="${BOX.left}" y="22">${title}</text>`,
    `<text x="${(BOX.left + WIDTH - BOX.right) / 2}" y="${HEIGHT - 32}" text-anchor="middle">processes</text>`,
    ...across.ticks.map((tick) => text(across.at(tick), HEIGHT - BOX.bottom + 18, 'middle', tick)),
    ...up.ticks.flatMap((tick) => [
      `<path class="grid" d="M${BOX.left} ${up.at(tick)}H${WIDTH - BOX.right}"/>`,
      text(BOX.left - 6, up.at(tick) + 4, 'end', tick),
    ]),
  ];
  for (const { label, colour, of, source } of series) {
    const points = rows.map((row) => ({ x: across.at(row.processes), y: up.at(of(row[source])) }));
    const path = points.map(({ x, y }) => `${x} ${y}`).join('L');
    marks.push(`<path class="line" style="stroke:var(--${colour})" d="M${path}"/>`);
    const last = points.at(-1) ?? { x: 0, y: 0 };
    marks.push(`<text x="${last.x + 8}" y="${last.y + 4}" style="fill:var(--${colour})">${label}</text>`);
    if (source === 'alone') continue;
    for (const { processes, real } of rows) {
      if (real === undefined) continue;
      const place = `cx="${across.at(processes)}" cy="${up.at(of(real))}"`;
      marks.push(`<circle class="real" style="stroke:var(--${colour})" ${place} r="4"/>`);
    }
  }
  return marks.join('\n');
}

/** Maps values to places by their logarithm, from one power of ten to another. */
function scale(values: readonly number[], from: number, to: number): { at(value: number): number; ticks: number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    at: (value) => round(from + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (to - from)),
    ticks: Array.from({ length: high - low + 1 }, (_none, index) => 10 ** (low + index)),
  };
}

function text(x: number, y: number, anchor: string, value: number): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${Number(value.toPrecision(1)).toLocaleString('en', { maximumFractionDigits: 4 })}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
