import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { DispatchExchange, type DispatchHandler } from '../../src/resource/dispatch-exchange.ts';

/** One sending below, of which only what was asked of it is kept. */
function sendingOf(): { controller: DispatchExchange; asked: string[] } {
  const asked: string[] = [];
  const controller = new DispatchExchange({});
  Object.assign(controller, {
    rawHeaders: ['raw'],
    rawTrailers: ['raw trailers'],
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
    abort: () => asked.push('abort'),
  });
  return { controller, asked };
}

function heardBy(more: DispatchHandler = {}): { handler: DispatchHandler; heard: unknown[] } {
  const heard: unknown[] = [];
  const handler: DispatchHandler = {
    onRequestStart: () => void heard.push('start'),
    onResponseStart: (_, status) => void heard.push(status),
    onResponseData: (_, chunk) => void heard.push(String(chunk)),
    onResponseEnd: () => void heard.push('end'),
    onResponseError: (_, error) => void heard.push(error.message),
    ...more,
  };
  return { handler, heard };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an answer', () => {
  test('that is being judged is held, and stopped, until it is handed over', async () => {
    const { handler, heard } = heardBy();
    const { controller, asked } = sendingOf();
    const exchange = new DispatchExchange(handler);
    const sending = exchange.handler(async () => undefined);
    sending.onRequestStart?.(controller, null);
    sending.onResponseStart?.(controller, 401, {});
    sending.onResponseData?.(controller, Buffer.from('early'));
    expect([heard, asked]).toEqual([['start'], ['pause']]);
    await turn();
    expect([heard, asked]).toEqual([
      ['start', 401, 'early'],
      ['pause', 'resume'],
    ]);
    expect(exchange.rawHeaders).toEqual(['raw']);
    sending.onResponseEnd?.(controller, {});
    expect(exchange.rawTrailers).toEqual(['raw trailers']);
    expect(exchange.ending.aborted).toBe(true);
  });

  test('that was handed over to a handler that pauses stays paused', async () => {
    const { handler } = heardBy({ onResponseStart: (controller) => controller.pause() });
    const { controller, asked } = sendingOf();
    const sending = new DispatchExchange(handler).handler(async () => undefined);
    sending.onRequestStart?.(controller, null);
    sending.onResponseStart?.(controller, 401, {});
    await turn();
    expect(asked).toEqual(['pause', 'pause']);
  });

  test('whose handler throws after it was held is an error for the handler', async () => {
    const { handler, heard } = heardBy({
      onResponseEnd() {
        throw new Error('refused');
      },
    });
    const { controller, asked } = sendingOf();
    const sending = new DispatchExchange(handler).handler(async () => undefined);
    sending.onRequestStart?.(controller, null);
    sending.onResponseStart?.(controller, 401, {});
    sending.onResponseEnd?.(controller, {});
    await turn();
    expect(heard).toEqual(['start', 401, 'refused']);
    expect(asked).toContain('abort');
  });

  test.each([
    ['in the middle of its body', false, ['pause', 'resume', 'abort']],
    ['that is all there by then', true, ['pause', 'resume']],
  ])('that leads to another sending is read, and broken off unless it is whole: %s', async (_, isWhole, expected) => {
    const { handler, heard } = heardBy();
    const { controller, asked } = sendingOf();
    let isSentAgain = false;
    const again = (): void => {
      isSentAgain = true;
    };
    const sending = new DispatchExchange(handler).handler(async () => again);
    sending.onRequestStart?.(controller, null);
    sending.onResponseStart?.(controller, 401, {});
    if (isWhole) sending.onResponseEnd?.(controller, {});
    await turn();
    sending.onResponseData?.(controller, Buffer.from('late'));
    expect([isSentAgain, heard, asked]).toEqual([true, ['start'], expected]);
  });

  test('that begins early is told of, and a handler need not hear anything', async () => {
    let isEarly = false;
    const onResponseStarted = (): void => {
      isEarly = true;
    };
    new DispatchExchange({ onResponseStarted }).handler(() => undefined).onResponseStarted?.();
    expect(isEarly).toBe(true);
    const { controller } = sendingOf();
    const deaf = new DispatchExchange({});
    const sending = deaf.handler(() => undefined);
    deaf.wait(null, async () => () => {});
    sending.onRequestStart?.(controller, null);
    sending.onResponseStarted?.();
    sending.onResponseStart?.(controller, 200, {});
    sending.onResponseEnd?.(controller, {});
    expect(deaf.ending.aborted).toBe(true);
    expect(() => new DispatchExchange({}).abort(new Error('nobody hears it'))).not.toThrow();
  });
});

describe('a request', () => {
  test('that is paused before it is sent begins paused', () => {
    const { handler } = heardBy();
    const { controller, asked } = sendingOf();
    const exchange = new DispatchExchange(handler);
    exchange.pause();
    exchange.handler(() => undefined).onRequestStart?.(controller, null);
    expect(asked).toEqual(['pause']);
  });

  test('that was aborted before it began is aborted when it begins, and tells so once', () => {
    const { handler, heard } = heardBy();
    const { controller, asked } = sendingOf();
    const exchange = new DispatchExchange(handler);
    const sending = exchange.handler(() => undefined);
    exchange.abort(new Error('changed my mind'));
    sending.onRequestStart?.(controller, null);
    sending.onResponseError?.(controller, new Error('later'));
    expect([heard, asked]).toEqual([['changed my mind'], ['abort']]);
  });

  test('that goes on before it is sent begins at once', () => {
    const { handler } = heardBy();
    const { controller, asked } = sendingOf();
    const exchange = new DispatchExchange(handler);
    exchange.pause();
    exchange.resume();
    exchange.handler(() => undefined).onRequestStart?.(controller, null);
    expect(asked).toEqual([]);
  });

  test('that its handler aborts as it hears of it is not made ready', () => {
    const { handler, heard } = heardBy({ onRequestStart: (controller) => controller.abort(new Error('no more')) });
    const exchange = new DispatchExchange(handler);
    let isReady = false;
    exchange.wait(null, async () => {
      isReady = true;
      return () => {};
    });
    expect([isReady, heard, exchange.aborted, exchange.reason?.message]).toEqual([false, ['no more'], true, 'no more']);
  });

  test('that is aborted while it waits is not sent, and tells so once', async () => {
    const { handler, heard } = heardBy();
    const exchange = new DispatchExchange(handler);
    let isSent = false;
    exchange.wait(null, async () => () => {
      isSent = true;
    });
    exchange.abort(new Error('changed my mind'));
    exchange.abort(new Error('once more'));
    await turn();
    expect([isSent, heard]).toEqual([false, ['start', 'changed my mind']]);
  });

  test('whose body fails while it waits fails with it, and nobody listens to that once it is sent', async () => {
    for (const fails of [true, false]) {
      const { handler, heard } = heardBy();
      const body = new EventEmitter();
      new DispatchExchange(handler).wait(body, async () => () => {});
      if (fails) body.emit('error', new Error('no such file'));
      await turn();
      expect(heard).toEqual(fails ? ['start', 'no such file'] : ['start']);
      expect(body.listenerCount('error')).toBe(0);
    }
  });
});
