import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DemoError } from './demo-error.ts';

/** A server in a process of its own, seen from the process that started it. */
export interface ServerProcess {
  readonly origin: string;
  /** What it counted so far. */
  count(): Promise<unknown>;
  /** Returns when it has ended; it is killed if it takes longer than 2 s. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it listens.
 *
 * @param file beside this one
 * @param settings handed over in a message, because they hold secrets
 * @param onDeath called if it ends before `stop()`
 */
export async function startServer(
  file: string,
  settings: object,
  onDeath: (error: Error) => void,
): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)));
  let isStopping = false;
  const ended = once(child, 'exit');
  const died = ended.then(([code, signal]): never => {
    throw new DemoError(`${file} ended by itself, with ${signal ?? `exit code ${code}`}`);
  });
  died.catch((error: Error) => {
    if (!isStopping) onDeath(error);
  });
  const answer = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), died]))[0];

  child.send(settings);
  const { origin } = (await answer()) as { origin: string };
  return {
    origin,
    count() {
      if (child.connected) child.send('count');
      return answer();
    },
    async stop() {
      isStopping = true;
      if (child.connected) child.disconnect();
      const force = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await ended;
      clearTimeout(force);
    },
  };
}
