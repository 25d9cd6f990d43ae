import { constants } from 'node:os';
import { DemoError } from './demo-error.ts';

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

/** The demo was told to end early. */
export class Interruption extends DemoError {
  constructor(signal: Signal) {
    super(`interrupted (${signal})`, 128 + constants.signals[signal]);
  }
}

/** Aborts on Ctrl-C, kill and a closed terminal. A second Ctrl-C ends the process at once; its servers end with it. */
export function abortWhenInterrupted(controller: AbortController): void {
  const interrupt = (signal: Signal): void => controller.abort(new Interruption(signal));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt(signal));
  // Who reads the output has gone, as with `npm start | head`.
  process.stdout.once('error', () => interrupt('SIGPIPE'));
  // npm runs scripts in a shell, and that does not pass `kill` on: it only dies.
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && interrupt('SIGTERM'), 500).unref();
}
