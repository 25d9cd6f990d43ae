import { fileURLToPath } from 'node:url';
import base from './jest.config.mjs';

// The tests of the layers that are mutated, without those that start servers or processes.
export default {
  ...base,
  testEnvironment: fileURLToPath(new URL('./__tests__/mutation/fail-fast-environment.mjs', import.meta.url)),
  globals: { longestSettlingMs: 1_000 },
  testTimeout: 8_000, // many a mutant makes a test wait for ever
  testMatch: ['<rootDir>/__tests__/mutation/every-test.ts'],
};
