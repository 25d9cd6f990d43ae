import { root } from '../project/repository.ts';
import { type ProcessResult, runProcess } from '../project/run-process.ts';
import { ApiServer } from '../servers/api-server.ts';
import { TokenServer } from '../servers/token-server.ts';

export interface ExampleRun extends ProcessResult {
  readonly tokens: TokenServer;
  readonly api: ApiServer;
}

/**
 * Runs a program of `examples/` as a user does, against servers that reject the first token.
 *
 * @param file its name
 */
export async function runExample(file: string): Promise<ExampleRun> {
  const [tokens, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
  api.rejected.add('token-1');
  try {
    const args = ['--disable-warning=ExperimentalWarning', `examples/${file}`];
    const env = {
      PATH: process.env['PATH'],
      TOKEN_URL: tokens.url,
      API_URL: `${api.origin}/things`,
      CLIENT_ID: 'client',
      CLIENT_SECRET: 'secret',
    };
    return { ...(await runProcess(process.execPath, args, { cwd: root, env, timeoutMs: 30_000 })), tokens, api };
  } finally {
    await Promise.all([tokens.close(), api.close()]);
  }
}
