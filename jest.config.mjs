export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/__tests__/strip-types.mjs' },
  setupFiles: ['<rootDir>/__tests__/setup-realm.mjs'],
  setupFilesAfterEnv: ['<rootDir>/__tests__/setup.ts'],
  // fetch and nock need these three to get on; faking them hangs every request.
  fakeTimers: { doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] },
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  // Generous, for machines that do other work as well: no test waits for real time.
  testTimeout: 30_000,
  // Copies of the package made by other tools must not shadow it.
  modulePathIgnorePatterns: ['<rootDir>/\\.[^/]+/'],
  collectCoverageFrom: ['src/**/*.ts'],
};
