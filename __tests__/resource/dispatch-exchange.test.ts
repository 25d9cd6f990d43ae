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
});
