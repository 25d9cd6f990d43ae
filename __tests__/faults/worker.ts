// A process of a fleet that shares tokens through Redis: the built package, ioredis, and callers under steady load.
import { Redis } from 'ioredis';
import { type Clock, type TokenEvent, TokenProvider, type TokenProviderOptions } from 'tokenflight';
import { redisStore } from 'tokenflight/redis';
import { endsAtMs, LONG_LIVED } from './issued-token.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';

const tell = (message: FromWorker): void => void process.send?.(message);
const events: Record<string, number> = {};
const inFlight = new Set<Promise<void>>();
const used = new Set<string>();
let makeProvider: () => TokenProvider;
let provider: TokenProvider;
let [calls, longestWaitMs] = [0, 0];

process.on('message', (message: ToWorker) => void obey(message));
process.on('disconnect', () => process.exit());

async function obey(message: ToWorker): Promise<void> {
  if (message.type === 'begin') await begin(message.settings);
  else if (message.type === 'load') load(message.ratePerSecond);
  else if (message.type === 'herd') {
    const tokens = await Promise.all(
      Array.from({ length: message.callers }, () => provider.getToken({ scope: LONG_LIVED })),
    );
    tell({ type: 'herd', tokenIds: [...new Set(tokens.map(({ id }) => id))] });
  } else if (message.type === 'newcomer') {
    await using newcomer = makeProvider();
    await newcomer.getToken();
    tell({ type: 'newcomer' });
  } else {
    await Promise.all(inFlight);
    tell({ type: 'synced', calls, longestWaitMs, events, tokenIds: [...used] });
    longestWaitMs = 0;
  }
}

async function begin(settings: WorkerSettings): Promise<void> {
  const { index, tokenUrl, redisPort, clockOffsetMs, storeTimeoutMs, refreshAt, expiryMarginMs } = settings;
  const client = new Redis(redisPort, '127.0.0.1');
  client.on('error', () => {}); // it reconnects by itself
  await client.ping();
  const options: TokenProviderOptions = {
    tokenUrl,
    clientId: 'fleet',
    clientSecret: 'secret of the fleet',
    store: redisStore(client, { encryptionKey: new Uint8Array(32).fill(7) }),
    storeTimeoutMs,
    refreshAt,
    expiryMarginMs,
    clock: clockThatIsOff(clockOffsetMs),
    transport: (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('x-worker', String(index));
      return fetch(url, { ...init, headers });
    },
  };
  makeProvider = () => {
    const made = new TokenProvider(options);
    made.on(hear);
    return made;
  };
  provider = makeProvider();
  tell({ type: 'ready' });
}

function hear(event: TokenEvent): void {
  if (!event.type.startsWith('store-')) return;
  const name = event.type === 'store-failed' ? `store-failed: ${event.why}` : event.type;
  events[name] = (events[name] ?? 0) + 1;
}

function clockThatIsOff(offsetMs: number): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now() + offsetMs,
    schedule(callback, delayMs, options) {
      const timer = setTimeout(callback, delayMs);
      if (options?.keepAlive !== true) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

function load(ratePerSecond: number): void {
  const startedMs = performance.now();
  let begun = 0;
  setInterval(() => {
    for (const due = ((performance.now() - startedMs) / 1_000) * ratePerSecond; begun < due; begun++) {
      const one = call().finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
  }, 5);
}

/** A call that an API would serve: it has a token, and the token has not ended. */
async function call(): Promise<void> {
  const begunMs = Date.now();
  try {
    const cached = provider.peek();
    const { id, value } = cached ?? (await provider.getToken());
    used.add(id);
    // What came at once is judged by when it was asked for: the process may be stopped between these lines.
    const lateMs = (cached ? begunMs : Date.now()) - endsAtMs(value);
    if (lateMs >= 0) tell({ type: 'failed', why: `the token had ended ${lateMs} ms before` });
  } catch (error) {
    tell({ type: 'failed', why: (error as { code?: string }).code ?? String(error) });
  }
  calls++;
  longestWaitMs = Math.max(longestWaitMs, Date.now() - begunMs);
}
