import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { memoryStore } from '../../../src/store/memory-store.ts';
import { messagePortStore, processPort, serveStore } from '../../../src/store/message-port.ts';
import { storeContract } from '../../../src/testing/store-contract.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { RemoteStore } from './relay.ts';

const clock = new FakeClock();
const primary = memoryStore(clock);
const advance = (ms: number): Promise<void> => clock.advance(ms);
const fileOf = (name: string): URL => new URL(`${name}.ts`, import.meta.url);
const quiet = ['--disable-warning=ExperimentalWarning'];

interface Remote {
  readonly store: RemoteStore;
  end(): Promise<unknown>;
}

function startThread(): Remote {
  const { port1, port2 } = new MessageChannel();
  serveStore(primary, port1);
  const worker = new Worker(fileOf('thread'), { workerData: { port: port2 }, transferList: [port2], execArgv: quiet });
  return {
    store: new RemoteStore(
      (order) => worker.postMessage(order),
      (hear) => worker.on('message', hear),
    ),
    end: () => worker.terminate(),
  };
}

function startProcess(serialization: 'json' | 'advanced'): Remote {
  const child = fork(fileOf('process'), { execArgv: quiet, serialization });
  return remoteOf(child, child);
}

function startMember(): Remote {
  cluster.setupPrimary({ exec: fileOf('process').pathname, execArgv: quiet });
  const member = cluster.fork();
  return remoteOf(member, member.process);
}

function remoteOf(channel: ChildProcess | import('node:cluster').Worker, child: ChildProcess): Remote {
  serveStore(primary, processPort(channel));
  return {
    store: new RemoteStore(
      (order) => channel.send(order),
      (hear) => channel.on('message', hear),
    ),
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const starts: Readonly<Record<string, () => Remote>> = {
  'worker threads': startThread,
  'forked processes': () => startProcess('json'),
  'forked processes, with structured clones': () => startProcess('advanced'),
  'members of a cluster': startMember,
};

describe.each(Object.entries(starts))('a store of the primary, used by %s', (_name, start) => {
  let remotes: readonly Remote[] = [];
  beforeAll(async () => {
    remotes = [start(), start()];
    await Promise.all(remotes.map(({ store }) => store.subscribed()));
  });
  afterAll(() => Promise.all(remotes.map((remote) => remote.end())));
  storeContract({ describe, it }, () => ({ handles: remotes.map(({ store }) => store), advance }));
});

describe('a store of this thread, used through ports', () => {
  storeContract({ describe, it }, () => {
    const channels = [new MessageChannel(), new MessageChannel()];
    for (const { port1 } of channels) serveStore(primary, port1);
    const handles = channels.map(({ port2 }) => messagePortStore(port2, { timeoutMs: 60_000 }));
    return {
      handles,
      advance,
      close: async () => {
        for (const { port1 } of channels) port1.close();
      },
    };
  });
});
