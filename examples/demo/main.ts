// Calls an API through got and fetch while its tokens expire all the time: `npm start`, or `npm start -- --help`.
import { type DemoOptions, help, readArguments } from './arguments.ts';
import { DemoError } from './demo-error.ts';
import { abortWhenInterrupted } from './interruption.ts';
import { startLocalServers } from './local-servers.ts';
import { ownServers } from './own-servers.ts';
import { nameOfProblem } from './problem.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import type { Site } from './site.ts';

/** @returns whether all went as promised */
async function demonstrate({ own, rate, seconds }: DemoOptions): Promise<boolean> {
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  interrupted.catch(() => {}); // it may come while nobody waits for it
  abortWhenInterrupted(controller);

  let site: Site | undefined;
  try {
    site = own ? ownServers(own) : await startLocalServers((error) => controller.abort(error));
    signal.throwIfAborted();
    const load = [
      `load                  ${rate} calls/s for ${seconds} s through got and fetch with tokenflight,`,
      '                      and as many with a fixed header, to compare',
    ];
    console.log(
      `${['tokenflight demo: API calls go on while their tokens expire', ...site.description, ...load].join('\n  ')}\n`,
    );
    const outcome = await Promise.race([run(site, { rate, seconds, signal }), interrupted]);
    const { text, isAsPromised } = report(outcome);
    console.log(`\n${text}`);
    return isAsPromised;
  } catch (error) {
    throw signal.aborted ? signal.reason : error; // what else failed then, failed because of that
  } finally {
    await site?.stop();
  }
}

try {
  const options = readArguments(process.argv.slice(2), process.env);
  if (options.help) console.log(help);
  else process.exitCode = (await demonstrate(options)) ? 0 : 1;
} catch (error) {
  const isOurs = error instanceof DemoError;
  console.error(`tokenflight demo: ${isOurs ? error.message : nameOfProblem(error)}`);
  process.exit(isOurs ? error.exitCode : 1);
}
