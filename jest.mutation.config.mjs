import base from './jest.config.mjs';

export default {
  ...base,
  testTimeout: 2_000, // many a mutant makes a test wait for ever
  // Mutants live and die by the tests of their own layer. What starts servers or processes only makes each run longer.
  testPathIgnorePatterns: [
    '/node_modules/',
    '/__tests__/(adapters|examples|project|protocol|simulation|soak)/',
    '/(bounded-memory|certified-client-authentication|mutual-tls|process-exit|second-server)\\.test\\.ts$',
  ],
};
