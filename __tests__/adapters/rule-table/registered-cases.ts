import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RuleCases, ruleCases } from './rule-cases.ts';

const folder = join(import.meta.dirname, '..');

/** The files whose adapters are held to the contract. */
export function contractFiles(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path))
    .filter((path) => readFileSync(path, 'utf8').includes('adapterContract('))
    .sort();
}

/** What these files register, without running any of it. */
export async function registeredCases(): Promise<readonly RuleCases[]> {
  const stand = pathToFileURL(join(import.meta.dirname, 'recording-jest.ts')).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@jest/globals' ? { url: stand, shortCircuit: true } : next(specifier, context),
  });
  for (const path of contractFiles()) await import(pathToFileURL(path).href);
  hooks.deregister();
  const { registered } = (await import(stand)) as typeof import('./recording-jest.ts');
  return ruleCases(registered.map((titles) => ({ titles, isPassed: true })));
}
