// Mutation testing of the layers that decide: `npm run mutate`. Of the simulation 300 schedules take part;
// tests that start servers or processes take too long per mutant and are left out.
export default {
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { configFile: 'jest.mutation.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  tsconfigFile: 'none.json', // Stryker rewrites it with an API that TypeScript 7 does not have
  mutate: ['src/values/**/*.ts', 'src/provider/**/*.ts', 'src/resource/**/*.ts'],
  concurrency: 2,
  timeoutMS: 8_000,
  ignoreStatic: true, // what runs at import would need every test for each mutant
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['dist', '.tsc', 'reports'],
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
