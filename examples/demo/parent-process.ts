import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

// A server lives as long as the process that started it: the channel closes however that one ends, even when killed.
process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
// Ctrl-C reaches every process of the terminal. The parent decides when its servers go.
process.on('SIGINT', () => {});

/** What the parent said to begin with. Secrets come this way: arguments are seen in the process list. */
export async function settingsFromParent<Settings>(): Promise<Settings> {
  const [settings] = await once(process, 'message');
  return settings as Settings;
}

/** Listens on a free port of loopback. */
export async function listen(server: Server): Promise<string> {
  // Longer than the demo runs, so that no connection is closed under a request that is about to use it.
  server.keepAliveTimeout = 3_600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Says that the server is ready, and from then on answers when the parent asks for its count. */
export function tellParent(origin: string, count: () => object = () => ({})): void {
  process.on('message', () => tell(count()));
  tell({ origin });
}

function tell(message: object): void {
  process.send?.(message, undefined, undefined, (error) => {
    if (error) process.exit(); // the parent has gone, as above
  });
}
