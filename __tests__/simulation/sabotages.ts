/** One way to break the code: a text in one file of `src`, there exactly once, and what takes its place. */
export interface Sabotage {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
}

type Patches = Readonly<Record<string, readonly [text: string, becomes: string]>>;

// What the simulation must notice, by file. Some of these were faults of the code once.
const patchesByFile: Readonly<Record<string, Patches>> = {
  'provider/token-provider.ts': {
    'a rejection drops whatever token is current': [
      'slot.cached?.token.id !== token.id && (!isOnlyShared',
      'slot.cached === undefined && (!isOnlyShared',
    ],
    'rejections are not limited': ['if (this.#isLimited(slot.forcedAtMs)) {', 'if (this.#isLimited(undefined)) {'],
    'forced refreshes are not limited': [
      'forceRefresh && cached !== undefined && slot.flight === undefined && this.#isLimited(slot.forcedStartMs);',
      'false;',
    ],
    'forced refreshes are not limited in the margin': [
      'const isForced = forceRefresh && !isLimited;',
      'const isForced = forceRefresh;',
    ],
    'a cool-down is ignored': [
      'if (slot.coolDown !== undefined && nowMs < slot.coolDown.untilMs) {',
      'if (slot.coolDown !== undefined && nowMs < 0) {',
    ],
    'a stale token is not served while it is refreshed': [
      "if (state === 'stale') this.#refresher.beginBehind(slot);",
      "if (state === 'stale') return undefined;",
    ],
    'a failed refresh behind takes the token away': [
      "if (state === 'expired') return undefined;",
      "if (state === 'expired' || slot.failures > 0) return undefined;",
    ],
    'in the margin, callers wait although the refresh is in trouble': [
      'if (isInMargin && isRefreshInTrouble(slot, nowMs)) {',
      'if (isInMargin && nowMs < 0) {',
    ],
    'whoever joins a flight by force is not limited': ['if (isForced) slot.force();', ''],
    'close() leaves flights on their way': ['slot.flight?.abort(new ProviderClosedError());', ''],
  },
  'provider/refresher.ts': {
    'a flight for each caller': ['    if (slot.flight !== undefined) return slot.flight;\n', ''],
    'a flight that failed stays': ['if (!this.#end(slot, flight)) this.#failed(', 'this.#failed('],
    'a refresh lifts the limit on rejections': [
      'if (isForced) slot.forcedAtMs = cached.monotonicMs;',
      'slot.forcedAtMs = isForced ? cached.monotonicMs : undefined;',
    ],
    'failures are counted beyond a success': ['    slot.failures = 0;\n', ''],
    'a rejection counts beyond a success': ['    slot.rejectedId = undefined;\n', ''],
    'no pause between refreshes behind': [
      'slot.flight === undefined && this.#nowMs() >= slot.behindNotBeforeMs',
      'slot.flight === undefined',
    ],
    'Retry-After is ignored after a flight': [
      'failure.retryAfterMs === undefined ? undefined : Math.min(failure.retryAfterMs, maxRetryAfterMs);',
      'undefined;',
    ],
    'Retry-After binds nobody who comes after the end of a token': [
      'if (!served || askedMs !== undefined) slot.coolDown',
      'if (!served) slot.coolDown',
    ],
    "the server's refresh_in is ignored": ['random(), grant.refreshInMs)', 'random())'],
  },
  'provider/acquire-token.ts': {
    'Retry-After is ignored within a flight': [' ?? askedMs ?? fullJitterMs(', ' ?? fullJitterMs('],
    'a refresh behind is repeated at once': [' || !flight.isDemanded', ''],
    'a final error is repeated': [' || !error.retryable', ''],
    'a repetition is waited for beyond the deadline': [
      'if (clock.monotonicMs() - startedMs + delayMs >= config.timeoutMs) return false;',
      '',
    ],
    'an attempt has no deadline of its own': [
      '            config.attemptTimeoutMs,\n',
      '            config.timeoutMs,\n',
    ],
  },
  'provider/attempt-token.ts': {
    'a lifetime counts from the arrival of the answer': [
      'return { grant, lifetimeMs, asked };',
      'return { grant, lifetimeMs, asked: readClock(endpoint.clock) };',
    ],
    'a token that is over when it arrives is kept': [
      'if (elapsedMs(endpoint.clock, asked) < lifetimeMs) return',
      'if (elapsedMs(endpoint.clock, asked) >= 0) return',
    ],
    'a secret is not read again': ["refusal === 'invalid_client' && mayReread", 'false'],
  },
  'provider/deadline.ts': {
    'deadlines leave their timers': [
      'cleanUp.push(clock.schedule(() => end(timeoutError()), limitMs));',
      'clock.schedule(() => end(timeoutError()), limitMs);',
    ],
  },
  'provider/flight.ts': {
    'an abort ends the flight of all': [
      'return await (signal === undefined ? token : abortable(token, signal));',
      `return await (signal === undefined ? token : abortable(token, signal).catch((error) => {
        if (signal.aborted) this.abort(error);
        throw error;
      }));`,
    ],
    "an abort has our own reason instead of the caller's": [
      'reject(signal.reason)',
      "reject(new DOMException('aborted', 'AbortError'))",
    ],
    'a listener stays on the signal': [
      'promise.finally(done).then(resolve, reject);',
      'promise.then(resolve, reject);',
    ],
    'a flight that nobody waits for rejects unhandled': ['this.#landing.catch(() => {});', ''],
  },
  'provider/margin-wait.ts': {
    'in the margin, callers wait although the refresh has failed': ['failures > 0 ||', ''],
    'in the margin, each caller has patience of its own': [
      '(slot.flightStartMs ?? nowMs) + LONGEST_PATIENCE_MS - nowMs',
      'LONGEST_PATIENCE_MS',
    ],
    'in the margin, patience has no end': ['(isGood() ? resolve(cached.token) : flight.demand())', '{}'],
    'in the margin, patience outlives the token': [
      '(isGood() ? resolve(cached.token) : flight.demand())',
      'resolve(cached.token)',
    ],
    'in the margin, a caller whose token ends meanwhile has no attempt repeated': [
      '(isGood() ? resolve(cached.token) : flight.demand())',
      '{ if (isGood()) resolve(cached.token); }',
    ],
    'in the margin, a rejected token is handed out': [' && slot.rejectedId !== cached.token.id', ''],
    'in the margin, patience leaves a listener': [
      'return await flight.wait(signal, patience);',
      'return await Promise.race([flight.wait(signal, new Promise(() => {})), patience]);',
    ],
    'in the margin, a failure reaches the caller': [
      'if (error instanceof ProviderClosedError || !isGood()) throw error;',
      'throw error;',
    ],
  },
  'provider/pauses.ts': {
    'Retry-After makes a final refusal a passing one': [
      'return Math.max(askedMs ?? 0, ownMs);',
      'return askedMs ?? ownMs;',
    ],
  },
  'provider/slot-table.ts': {
    'an evicted key in flight gets a second flight': ['    if (stays) return;', ''],
    'eviction does not end with the flight': ['if (this.holds(slot)) this.#used(slot);', ''],
  },
  'protocol/token-endpoint.ts': {
    'an attempt that was given up still sends': ['  signal.throwIfAborted();', ''],
  },
  'values/token-request.ts': {
    'a key for each spelling of the scope': [
      "return Object.freeze([...new Set(values.filter((value) => value !== ''))].toSorted());",
      "return values.filter((value) => value !== '');",
    ],
  },
  'values/clock.ts': {
    'only the monotonic clock counts': [
      'Math.max(clock.monotonicMs() - start.monotonicMs, clock.wallMs() - start.wallMs)',
      'clock.monotonicMs() - start.monotonicMs',
    ],
    'only the wall clock counts': [
      'Math.max(clock.monotonicMs() - start.monotonicMs, clock.wallMs() - start.wallMs)',
      'clock.wallMs() - start.wallMs',
    ],
  },
  'values/freshness.ts': {
    'no refresh behind': [
      "if (ageMs < windows.staleAfterMs) return 'fresh';",
      "if (ageMs < windows.usableForMs) return 'fresh';",
    ],
    'a token is served past its end': ["return ageMs < windows.usableForMs ? 'stale' : 'expired';", "return 'stale';"],
    'a token is given up a millisecond late': [
      "return ageMs < windows.usableForMs ? 'stale' : 'expired';",
      "return ageMs <= windows.usableForMs ? 'stale' : 'expired';",
    ],
  },
};

export const sabotages: readonly Sabotage[] = Object.entries(patchesByFile).flatMap(([file, patches]) =>
  Object.entries(patches).map(([name, [text, becomes]]) => ({ name, file, text, becomes })),
);
