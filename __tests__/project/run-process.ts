import { execFile } from 'node:child_process';

export interface ProcessResult {
  /** Null if a signal ended it, as one does when the time is up. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd: string;
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: 120000. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end. A failure of the program is a result, not an error. */
export function runProcess(file: string, args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const { cwd, env = process.env, timeoutMs = 120_000 } = options;
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd, env, timeout: timeoutMs }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}
