import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ProcessResult, runProcess } from '../project/run-process.ts';
import type { CheckResult } from './suite.ts';

/** An engine that the suite can run in. */
export interface Engine {
  readonly name: string;
  /** What to do where it is missing; undefined if it is there. */
  readonly missing: string | undefined;
  /** @param id a word for addresses */
  run(origin: string, id: string): Promise<readonly CheckResult[]>;
}

export const INSTALL = 'npm ci --prefix __tests__/runtimes';
export const here: string = fileURLToPath(new URL('.', import.meta.url));

/** A file of the engines' own package. */
export const installed = (path: string): string => `${here}node_modules/${path}`;

/** An engine that is a program and takes a TypeScript file. */
export function processEngine(name: string, program: string, flags: readonly string[] = []): Engine {
  return {
    name,
    missing: existsSync(program) ? undefined : INSTALL,
    async run(origin, id) {
      const result = await runProcess(program, [...flags, `${here}in-process.ts`, origin, id], { cwd: here });
      return parse(result);
    },
  };
}

function parse({ exitCode, stdout, stderr }: ProcessResult): readonly CheckResult[] {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr || stdout}`);
  return JSON.parse(stdout);
}
