import { hash } from 'node:crypto';

/**
 * Replaces WebCrypto's digest, the one thing in the engine that leaves the microtask queue, by a synchronous one. With
 * it, one turn of the event loop runs the engine until it is idle, however long its chain of promises.
 *
 * @returns a function that puts the real one back
 */
export function installSyncDigest(): () => void {
  const { subtle } = globalThis.crypto;
  Object.defineProperty(subtle, 'digest', {
    configurable: true,
    value: (algorithm: unknown, data: Uint8Array): Promise<ArrayBuffer> => {
      if (algorithm !== 'SHA-256') return Promise.reject(new Error(`the simulation has no ${String(algorithm)}`));
      return Promise.resolve(new Uint8Array(hash('sha256', data, 'buffer')).buffer);
    },
  });
  return () => {
    Reflect.deleteProperty(subtle, 'digest');
  };
}
