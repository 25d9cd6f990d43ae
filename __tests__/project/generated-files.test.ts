import { expect, test } from '@jest/globals';
import { apiReport } from './api-report.ts';
import { registryManifest } from './registry-manifest.ts';
import { entries, readText } from './repository.ts';

const remedy = 'if the change is meant, run "npm run api" and commit what it writes';

test('the API report is that of the build', () => {
  const current = readText('docs/api-report.md');
  // Lines in place of two long texts: the difference is what a reader wants to see.
  expect({ remedy, report: apiReport().split('\n') }).toEqual({ remedy, report: current.split('\n') });
});

test('the API report shows signatures, and nothing that is private', () => {
  const report = apiReport();
  for (const { specifier } of entries) expect(report).toContain(`\n## ${specifier}\n`);
  expect(report).toContain('getToken(request?: TokenRequest, options?: GetTokenOptions): Promise<AccessToken>;');
  expect(report).toContain('function bearerFetch(source: TokenSource, options: BearerFetchOptions): ');
  expect(report).not.toContain('/**');
});

test('jsr.json says what package.json says', () => {
  expect({ remedy, ...JSON.parse(readText('jsr.json')) }).toEqual({ remedy, ...registryManifest() });
});
