import base from './jest.config.mjs';

export default {
  ...base,
  testPathIgnorePatterns: [
    '/node_modules/',
    '/__tests__/(project|simulation|examples|soak)/',
    'process-exit.test.ts', // runs the built package, which is not mutated
    'bounded-memory.test.ts',
  ],
};
