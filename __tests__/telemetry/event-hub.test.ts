import { execFile } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { EventHub, eventHubOf, publishEventHub } from '../../src/telemetry/event-hub.ts';
import type { TokenEvent, TokenEventListener } from '../../src/telemetry/events.ts';

const event: TokenEvent = { type: 'shared', request: { scope: 'read' } };

/** An object that throws however it is looked at. */
function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('a listener', () => {
  it('is told every event as it is, in the order of subscription', () => {
    const hub = new EventHub();
    const told: unknown[] = [];
    hub.subscribe((heard) => told.push('first', heard));
    hub.subscribe((heard) => told.push('second', heard));
    hub.emit(event);
    expect(told).toEqual(['first', event, 'second', event]);
    expect(told[1]).toBe(event);
  });

  it('hears nothing more once it has ended its subscription, which it may do twice', () => {
    const hub = new EventHub();
    const listener = jest.fn<TokenEventListener>();
    const unsubscribe = hub.subscribe(listener);
    hub.emit(event);
    unsubscribe();
    unsubscribe();
    hub.emit(event);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('that subscribes twice is told twice, and each subscription ends by itself', () => {
    const hub = new EventHub();
    const listener = jest.fn<TokenEventListener>();
    const unsubscribe = hub.subscribe(listener);
    hub.subscribe(listener);
    hub.emit(event);
    expect(listener).toHaveBeenCalledTimes(2);
    unsubscribe();
    hub.emit(event);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it('may end its subscription while it is told', () => {
    const hub = new EventHub();
    const last = jest.fn<TokenEventListener>();
    const unsubscribe = hub.subscribe(() => unsubscribe());
    hub.subscribe(last);
    hub.emit(event);
    hub.emit(event);
    expect(last).toHaveBeenCalledTimes(2);
  });

  it('is not told what it causes itself while it is told the same; the others are, and it is told all else', () => {
    const hub = new EventHub();
    const other = jest.fn<TokenEventListener>();
    hub.subscribe(other);
    const told: string[] = [];
    hub.subscribe(({ type }) => {
      told.push(type);
      hub.emit(event);
      hub.emit({ type: 'evicted', request: {} });
    });
    hub.emit(event);
    expect(told).toEqual(['shared', 'evicted']);
    expect(other.mock.calls.map(([{ type }]) => type)).toEqual(['shared', 'shared', 'evicted', 'shared', 'evicted']);
    hub.emit({ type: 'evicted', request: {} });
    expect(told.slice(2)).toEqual(['evicted', 'shared']);
  });

  it('is told again of the next event although it threw at the last', () => {
    const hub = new EventHub();
    const failing = jest.fn<TokenEventListener>(() => {
      throw new Error('a listener of its own making');
    });
    hub.subscribe(failing);
    hub.emit(event);
    hub.emit(event);
    expect(failing).toHaveBeenCalledTimes(2);
  });

  it('that subscribes another each time it is told makes no endless round: that one is told from the next event on', () => {
    const hub = new EventHub();
    let told = 0;
    const subscribing = (): void => {
      if (++told < 1_000) hub.subscribe(subscribing);
    };
    hub.subscribe(subscribing);
    hub.emit(event);
    expect(told).toBe(1);
    hub.emit(event);
    expect(told).toBe(3);
  });

  it('hears nothing more, not even of the present event, once another has ended its subscription', () => {
    const hub = new EventHub();
    hub.subscribe(() => unsubscribe());
    const later = jest.fn<TokenEventListener>();
    const unsubscribe = hub.subscribe(later);
    hub.emit(event);
    expect(later).not.toHaveBeenCalled();
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a listener of its own making');
      },
    ],
    ['returns a rejected promise', () => Promise.reject(new Error('a listener of its own making'))],
    ['returns a revoked proxy', () => revokedProxy()],
  ])('that %s disturbs neither the others nor who emits', async (_, failing) => {
    const hub = new EventHub();
    const before = jest.fn<TokenEventListener>();
    const after = jest.fn<TokenEventListener>();
    hub.subscribe(before);
    hub.subscribe(failing as TokenEventListener);
    hub.subscribe(after);
    expect(() => hub.emit(event)).not.toThrow();
    await new Promise(setImmediate);
    expect([before.mock.calls.length, after.mock.calls.length]).toEqual([1, 1]);
  });

  it('whose promise rejects, of whatever realm, does not end the process', async () => {
    const module = fileURLToPath(new URL('../../src/telemetry/event-hub.ts', import.meta.url));
    const script = `
      import { runInNewContext } from 'node:vm';
      import { EventHub } from ${JSON.stringify(module)};
      const hub = new EventHub();
      hub.subscribe(async () => { throw new Error('own realm') });
      hub.subscribe(() => runInNewContext('Promise.reject(new Error("another realm"))'));
      hub.subscribe(() => ({ then: (_, reject) => reject(new Error('no promise at all')) }));
      hub.emit({ type: 'shared', request: {} });
      setImmediate(() => console.log('alive'));
    `;
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 20_000 });
    expect(stdout).toBe('alive\n');
  });
});

describe('a hub', () => {
  it('knows whether anybody listens, so that silence costs nothing', () => {
    const hub = new EventHub();
    expect(hub.isHeard).toBe(false);
    const unsubscribe = hub.subscribe(() => {});
    expect(hub.isHeard).toBe(true);
    unsubscribe();
    expect(hub.isHeard).toBe(false);
  });

  it('tells the diagnostics channel too, even if every listener fails', () => {
    const hub = new EventHub();
    const subscriber = jest.fn();
    channel('tokenflight:event').subscribe(subscriber);
    try {
      expect(hub.isHeard).toBe(true);
      hub.subscribe(() => {
        throw new Error('a listener of its own making');
      });
      hub.emit(event);
    } finally {
      channel('tokenflight:event').unsubscribe(subscriber);
    }
    hub.emit(event);
    expect(subscriber.mock.calls).toEqual([[event, 'tokenflight:event']]);
  });

  it('does not tell the diagnostics channel what its subscriber causes while it is told the same', () => {
    const hub = new EventHub();
    const subscriber = jest.fn(() => hub.emit(event));
    channel('tokenflight:event').subscribe(subscriber);
    try {
      hub.emit(event);
      hub.emit(event);
    } finally {
      channel('tokenflight:event').unsubscribe(subscriber);
    }
    expect(subscriber).toHaveBeenCalledTimes(2);
  });

  it('is found by its source alone', () => {
    const hub = new EventHub();
    const source = {};
    publishEventHub(source, hub);
    expect(eventHubOf(source)).toBe(hub);
    expect(eventHubOf({})).toBeUndefined();
  });
});
