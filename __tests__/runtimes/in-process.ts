// Runs the suite in an engine that has files and arguments: `<engine> in-process.ts <origin> <name>`. Prints the results.
import type { Library } from './realm.ts';
import { runSuite } from './suite.ts';

const [origin = '', engine = ''] = process.argv.slice(2);
// The built package; where it lies is computed, so that sources can be checked before it is built.
const built = (path: string): Promise<object> => import(new URL(`../../dist/${path}`, import.meta.url).href);
const library = { ...(await built('index.js')), ...(await built('adapters/fetch.js')) } as Library;
console.log(JSON.stringify(await runSuite(library, origin, engine)));
