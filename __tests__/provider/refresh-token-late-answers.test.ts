import { describe, expect, it, jest } from '@jest/globals';
import type { RefreshTokenOptions } from '../../src/protocol/refresh-token.ts';
import type { Transport } from '../../src/protocol/transport.ts';
import { tick } from '../fakes/fake-clock.ts';
import { rotate, rotating } from '../fakes/rotating-provider.ts';

/** An `onRotate` that keeps nothing before it is told to. */
function slowStore() {
  const kept: string[] = [];
  let finish = (): void => {};
  const keep = async (token: string): Promise<void> => {
    await new Promise<void>((resolve) => (finish = resolve));
    kept.push(token);
  };
  return { kept, onRotate: Object.assign(keep, { finish: () => finish() }) };
}

describe('a provider that is closed', () => {
  const closed = { code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' };

  it('sees through what was sent: the token that comes is kept before close() is over', async () => {
    const { kept, onRotate } = slowStore();
    const { provider, clock, endpoint } = rotating({ onRotate });
    endpoint.reaction = () => {};
    const calls = ['a', 'b'].map((scope) => expect(provider.getToken({ scope })).rejects.toMatchObject(closed));
    await clock.advance(0);
    let closings = 0;
    for (const _ of 'ab') void provider.close().then(() => closings++); // asked again, it waits as well
    await Promise.all(calls); // at once
    await clock.advance(9_999);
    expect(endpoint.last.signal.aborted).toBe(false);
    rotate(endpoint.last, 1);
    await tick();
    expect([kept, closings]).toEqual([[], 0]);
    onRotate.finish();
    await tick();
    expect([kept, closings]).toEqual([['rt-1'], 2]);
    await clock.advance(60_000);
    expect(endpoint.requests).toHaveLength(1); // the next in turn sends nothing
    expect(clock.pending).toEqual([]);
  });

  it('waits for an answer no longer than an attempt may take', async () => {
    const { provider, clock, endpoint } = rotating();
    endpoint.reaction = () => {};
    const call = expect(provider.getToken()).rejects.toMatchObject(closed);
    await clock.advance(4_000);
    let isClosed = false;
    void provider.close().then(() => (isClosed = true));
    await clock.advance(5_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect([isClosed, endpoint.last.signal.aborted]).toEqual([true, true]);
    await call;
  });

  it('sends nothing that was only being prepared, and waits for none of it', async () => {
    let read = (_token: string): void => {};
    const { provider, clock, endpoint } = rotating({ refreshToken: () => new Promise((resolve) => (read = resolve)) });
    const call = expect(provider.getToken()).rejects.toMatchObject(closed);
    await clock.advance(0);
    await provider.close();
    await call;
    read('rt-0');
    await clock.advance(60_000);
    expect(endpoint.requests).toEqual([]);
  });

  it('asks nobody again, whatever the answer is', async () => {
    const read = jest.fn(() => 'rt-0');
    const { provider, clock, endpoint, count } = rotating({ refreshToken: read });
    endpoint.reaction = () => {};
    const call = expect(provider.getToken()).rejects.toMatchObject(closed);
    await clock.advance(0);
    const closing = provider.close();
    endpoint.last.answer(400, { error: 'invalid_grant' });
    await Promise.all([call, closing]);
    await clock.advance(60_000);
    expect([endpoint.requests.length, read.mock.calls.length, count('refresh-failed')]).toEqual([1, 1, 0]);
  });
});

describe('an answer that comes when its attempt was given up', () => {
  /** Requests over a transport that ignores its signal. */
  function deaf(options: Partial<RefreshTokenOptions> = {}) {
    const sent: (string | null)[] = [];
    const answers: ((refreshToken: unknown, status?: number) => Promise<void>)[] = [];
    const transport: Transport = (_url, { body }) =>
      new Promise((resolve) => {
        sent.push(new URLSearchParams(body as string).get('refresh_token'));
        const number = sent.length;
        answers.push((refreshToken, status = 200) => {
          const granted = { access_token: `at-${number}`, expires_in: 900, refresh_token: refreshToken };
          resolve(Response.json(status === 200 ? granted : { error: refreshToken }, { status }));
          return tick();
        });
      });
    return { ...rotating(options, { transport, attemptTimeoutMs: 1_000, retry: { retries: 0 } }), sent, answers };
  }
  const timeout = { code: 'ERR_TOKENFLIGHT_TIMEOUT' };

  it('is not lost: what it brings is sent next', async () => {
    const onRotate = jest.fn<(token: string) => void>();
    const { provider, clock, sent, answers } = deaf({ onRotate });
    await Promise.all([expect(provider.getToken()).rejects.toMatchObject(timeout), clock.advance(1_000)]);
    await answers[0]?.('rt-1');
    expect(onRotate.mock.calls).toEqual([['rt-1']]);
    void provider.getToken({ scope: 'other' }).catch(() => {});
    await tick();
    expect(sent).toEqual(['rt-0', 'rt-1']);
  });

  it('never replaces what a later turn has brought', async () => {
    const onRotate = jest.fn<(token: string) => void>();
    const { provider, clock, sent, answers } = deaf({ onRotate });
    await Promise.all([expect(provider.getToken()).rejects.toMatchObject(timeout), clock.advance(1_000)]);
    const second = provider.getToken({ scope: 'other' });
    await tick();
    await answers[1]?.('rt-2');
    await second;
    await answers[0]?.('rt-1');
    void provider.getToken({ scope: 'third' }).catch(() => {});
    await tick();
    expect(onRotate.mock.calls).toEqual([['rt-2']]);
    expect(sent).toEqual(['rt-0', 'rt-0', 'rt-2']);
  });

  it('serves a later turn that was refused for sending the token that it spent', async () => {
    const { provider, clock, sent, answers } = deaf();
    await Promise.all([expect(provider.getToken()).rejects.toMatchObject(timeout), clock.advance(1_000)]);
    const second = provider.getToken({ scope: 'other' });
    await tick();
    await answers[0]?.('rt-1');
    await answers[1]?.('invalid_grant', 400);
    await answers[2]?.('rt-2');
    expect((await second).value).toBe('at-3');
    expect(sent).toEqual(['rt-0', 'rt-0', 'rt-1']);
  });

  it('and is a refusal makes nobody read an older token', async () => {
    const read = jest.fn(() => 'rt-old');
    const { provider, clock, answers } = deaf({ refreshToken: read });
    await Promise.all([expect(provider.getToken()).rejects.toMatchObject(timeout), clock.advance(1_000)]);
    await answers[0]?.('invalid_grant', 400);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('comes from a reading that took too long, does not replace what a later turn has brought', async () => {
    const readings: ((token: string) => void)[] = [];
    const refreshToken = (): Promise<string> => new Promise((resolve) => readings.push(resolve));
    const { provider, clock, sent, answers } = deaf({ refreshToken });
    await Promise.all([expect(provider.getToken()).rejects.toMatchObject(timeout), clock.advance(1_000)]);
    const second = provider.getToken({ scope: 'other' });
    await tick();
    readings[1]?.('rt-0');
    await tick();
    await answers[0]?.('rt-1');
    await second;
    readings[0]?.('rt-0');
    await tick();
    void provider.getToken({ scope: 'third' }).catch(() => {});
    await tick();
    expect(sent).toEqual(['rt-0', 'rt-1']);
  });

  it('comes from a reading after a refusal, does not replace it either', async () => {
    const readings: ((token: string) => void)[] = [];
    const refreshToken = (): Promise<string> => new Promise((resolve) => readings.push(resolve));
    const { provider, clock, sent, answers } = deaf({ refreshToken });
    const first = expect(provider.getToken()).rejects.toMatchObject(timeout);
    await tick();
    readings[0]?.('rt-0');
    await tick();
    await answers[0]?.('invalid_grant', 400); // reads again, and that hangs
    await Promise.all([first, clock.advance(1_000)]);
    const second = provider.getToken({ scope: 'other' });
    await tick();
    await answers[1]?.('rt-1');
    await second;
    readings[1]?.('rt-stale');
    await tick();
    void provider.getToken({ scope: 'third' }).catch(() => {});
    await tick();
    expect(sent).toEqual(['rt-0', 'rt-0', 'rt-1']);
  });
});

describe('a request that has been sent', () => {
  it('is never overlapped by the next turn, even when the time of those who waited is over', async () => {
    const options = { attemptTimeoutMs: 1_000, timeoutMs: 1_500, coolDown: { minDelayMs: 1, maxDelayMs: 1 } };
    const { provider, clock, endpoint } = rotating({}, { ...options, retry: { minDelayMs: 1, maxDelayMs: 1 } });
    endpoint.reaction = () => {};
    const first = expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_TIMEOUT' });
    await clock.advance(1_600);
    await first;
    expect(endpoint.requests).toHaveLength(2); // the second attempt is out since 1,000 ms
    const next = provider.getToken({ scope: 'other' });
    await clock.advance(399);
    expect(endpoint.requests).toHaveLength(2);
    rotate(endpoint.last, 1);
    await tick();
    expect(endpoint.last.form.get('refresh_token')).toBe('rt-1');
    rotate(endpoint.last, 2);
    expect((await next).value).toBe('at-2');
  });
});
