// `npm run api`: writes anew what is made from the build and from package.json. Tests hold that it is up to date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReport } from './api-report.ts';
import { registryManifest } from './registry-manifest.ts';
import { root } from './repository.ts';

writeFileSync(join(root, 'docs/api-report.md'), apiReport());
writeFileSync(join(root, 'jsr.json'), `${JSON.stringify(registryManifest(), null, 2)}\n`);
