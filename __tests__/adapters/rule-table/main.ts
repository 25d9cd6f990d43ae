// Runs the contract of all adapters and writes into the README which adapter keeps which rule.
// With `--check` it runs nothing, and only says whether the README tells what the contract consists of.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractFiles, registeredCases } from './registered-cases.ts';
import { type RuleCases, ruleCases } from './rule-cases.ts';
import { ruleTable, withTable } from './rule-table.ts';

const root = join(import.meta.dirname, '../../..');
const readme = join(root, 'README.md');
const registered = await registeredCases();
const text = readFileSync(readme, 'utf8');

if (process.argv.includes('--check')) {
  const isTrue = text === withTable(text, ruleTable(registered));
  if (!isTrue) console.error('the table of rules in README.md is not up to date: npm run docs:rules');
  process.exit(isTrue ? 0 : 1);
}

const passed = testedCases();
const table = ruleTable(registered.map((entry) => ({ ...entry, ...outcomeOf(entry) })));
writeFileSync(readme, withTable(text, table));
console.log(table);
// A rule that is broken stands in the table as it is; it must not be taken for done.
process.exit(table.includes('| no') ? 1 : 0);

/** A test that did not run has failed. */
function outcomeOf({ adapter, rule, tests }: RuleCases): Pick<RuleCases, 'failed'> {
  const run = passed.find((entry) => entry.adapter === adapter && entry.rule === rule);
  return { failed: tests - ((run?.tests ?? 0) - (run?.failed ?? 0)) };
}

function testedCases(): readonly RuleCases[] {
  const folder = mkdtempSync(join(tmpdir(), 'tokenflight-rules-'));
  const output = join(folder, 'result.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, jest, '--json', `--outputFile=${output}`, '--runTestsByPath', ...contractFiles()];
  spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as JestResult;
  rmSync(folder, { recursive: true });
  return ruleCases(
    testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status }) => ({
        titles: [...ancestorTitles, title],
        isPassed: status === 'passed',
      })),
    ),
  );
}

interface JestResult {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}
