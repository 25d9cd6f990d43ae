import { channel, tracingChannel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { eventChannel, type TokenRequestTrace, traceTokenRequest } from '../../src/telemetry/diagnostics.ts';

const TOKEN = 'eyJ-not-to-be-seen';
const granted = { value: TOKEN };

const traceOf = (): TokenRequestTrace => ({
  server: 'https://auth.example/token',
  grantType: 'client_credentials',
  request: { scope: 'read' },
  attempt: 2,
});

/** Runs with somebody who listens to all of the tracing channel, and gives what was heard. */
async function heardDuring(run: () => Promise<unknown>): Promise<readonly (readonly [string, object])[]> {
  const heard: [string, object][] = [];
  const note = (name: string) => (message: object) => {
    heard.push([name, message]);
    expect(inspect(message, { depth: null, showHidden: true, getters: true })).not.toContain(TOKEN);
  };
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  const traced = tracingChannel('tokenflight:token-request');
  traced.subscribe(subscribers);
  try {
    await run();
  } finally {
    traced.unsubscribe(subscribers);
  }
  return heard;
}

describe('the tracing channel of token requests', () => {
  it('tells the course of an attempt, but never its outcome', async () => {
    const heard = await heardDuring(async () => {
      expect(await traceTokenRequest(traceOf(), async () => granted)).toBe(granted);
    });
    expect(heard.map(([name]) => name)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    for (const [, message] of heard) expect(message).toMatchObject(traceOf());
    expect(heard.at(-1)?.[1]).toHaveProperty('result', undefined);
  });

  it('tells why an attempt failed, and leaves the error as it is', async () => {
    const failure = new Error('refused');
    const heard = await heardDuring(async () => {
      await expect(traceTokenRequest(traceOf(), () => Promise.reject(failure))).rejects.toBe(failure);
    });
    expect(heard.map(([name]) => name)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(heard[2]?.[1]).toMatchObject({ ...traceOf(), error: failure });
  });

  it('keeps attempts apart that run at the same time', async () => {
    const heard = await heardDuring(async () => {
      const one = traceTokenRequest(
        { ...traceOf(), attempt: 1 },
        () => new Promise((resolve) => setImmediate(resolve, 1)),
      );
      const other = traceTokenRequest({ ...traceOf(), attempt: 2 }, async () => 2);
      expect(await Promise.all([one, other])).toEqual([1, 2]);
    });
    const ended = heard.filter(([name]) => name === 'asyncEnd').map(([, message]) => Reflect.get(message, 'attempt'));
    expect(ended).toEqual([2, 1]);
  });

  it('costs nothing where nobody listens', async () => {
    const failure = new Error('refused');
    const trace = Object.freeze(traceOf()); // a channel that is used would write its own fields into it
    expect(await traceTokenRequest(trace, async () => granted)).toBe(granted);
    await expect(traceTokenRequest(trace, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});

describe('the event channel', () => {
  it('is the one by this name', () => {
    expect(eventChannel).toBe(channel('tokenflight:event'));
  });
});

describe('a platform', () => {
  /** The module as it is loaded where `process.getBuiltinModule` is this. */
  const loadedWith = async (name: string, getBuiltinModule: unknown): Promise<Record<string, unknown>> => {
    const { getBuiltinModule: own } = process;
    process.getBuiltinModule = getBuiltinModule as typeof own;
    try {
      const specifier = `../../src/telemetry/diagnostics.ts?${name}`;
      return (await import(specifier)) as Record<string, unknown>;
    } finally {
      process.getBuiltinModule = own;
    }
  };

  it.each<[string, unknown]>([
    ['without a way to ask for modules', undefined],
    ['without diagnostics channels', () => undefined],
  ])('%s has no channels, and all works without', async (name, getBuiltinModule) => {
    const module = await loadedWith(name, getBuiltinModule);
    expect(module['eventChannel']).toBeUndefined();
    const trace = module['traceTokenRequest'] as typeof traceTokenRequest;
    expect(await trace(traceOf(), async () => granted)).toBe(granted);
  });

  it('that cannot tell whether anybody listens counts as listening', async () => {
    const tracePromise = jest.fn((run: () => Promise<unknown>, _context: object) => run());
    const old = { channel: () => undefined, tracingChannel: () => ({ tracePromise }) };
    const module = await loadedWith('old', () => old);
    const trace = module['traceTokenRequest'] as typeof traceTokenRequest;
    expect(await trace(traceOf(), async () => granted)).toBe(granted);
    expect(tracePromise).toHaveBeenCalledTimes(1);
    expect(await tracePromise.mock.results[0]?.value).toBeUndefined();
  });
});
