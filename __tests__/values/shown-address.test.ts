import { expect, it } from '@jest/globals';
import { shownAddress } from '../../src/values/shown-address.ts';

it.each([
  ['https://auth.example/token', 'https://auth.example/token'],
  ['https://auth.example:8443/a%20b?code=1#part', 'https://auth.example:8443/a%20b'],
  ['https://user:password@auth.example', 'https://auth.example/'],
])('%s is shown as %s', (address, shown) => expect(shownAddress(new URL(address))).toBe(shown));
