import { RULES } from '../contract/rule-names.ts';
import type { RuleCases } from './rule-cases.ts';

/** The rules, and which adapter keeps which, in Markdown. */
export function ruleTable(cases: readonly RuleCases[]): string {
  const numbers = RULES.map((_, position) => position + 1);
  const adapters = [...new Set(cases.map(({ adapter }) => adapter))].sort();
  const reasons = [...new Set(cases.flatMap(({ absent }) => absent))];
  const cell = (adapter: string, rule: number): string => {
    const found = cases.find((entry) => entry.adapter === adapter && entry.rule === rule);
    const notes = found?.absent.map((reason) => letter(reasons.indexOf(reason))).sort() ?? [];
    const kept = found === undefined || found.tests === 0 ? '–' : found.failed > 0 ? 'no' : 'yes';
    return notes.length > 0 ? `${kept} <sup>${notes.join(' ')}</sup>` : kept;
  };
  return [
    ...RULES.map((rule, position) => `${position + 1}. ${capitalized(rule)}.`),
    '',
    row(['', ...numbers.map(String)]),
    row(['---', ...numbers.map(() => '---')]),
    ...adapters.map((adapter) => row([adapter, ...numbers.map((rule) => cell(adapter, rule))])),
    '',
    ...reasons.map(
      (reason, position) => `<sup>${letter(position)}</sup> ${reason}${position < reasons.length - 1 ? ';' : '.'}`,
    ),
  ].join('\n');
}

const BEGIN = '<!-- rules: written by `npm run docs:rules` -->';
const END = '<!-- end of rules -->';

/** The text with the table in the place of the one between the marks. */
export function withTable(text: string, table: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) throw new Error('the marks around the table are missing');
  return `${text.slice(0, from + BEGIN.length)}\n\n${table}\n\n${text.slice(to)}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function letter(position: number): string {
  return String.fromCodePoint('a'.charCodeAt(0) + position);
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
