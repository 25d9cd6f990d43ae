import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256Base64Url, tokenId } from '../../src/values/digest.ts';

describe('SHA-256 in base64url', () => {
  // FIPS 180-4's examples, RFC 7636 appendix B, and one digest whose base64 holds both `+` and `/`.
  it.each([
    ['', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
    ['abc', 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'],
    ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'],
  ])('of %j', async (text, digest) => {
    expect(await sha256Base64Url(text)).toBe(digest);
  });

  it("is that of the text's UTF-8, and 43 characters long", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const digest = await sha256Base64Url(text);
        expect(digest).toBe(createHash('sha256').update(text, 'utf8').digest('base64url'));
        expect(digest).toHaveLength(43);
      }),
    );
  });
});

describe("a token's id", () => {
  it('is the beginning of its digest', async () => {
    expect(await tokenId('abc')).toBe('ungWv48Bz-pBQUDe');
  });

  it('differs for tokens that differ in one character', async () => {
    expect(await tokenId('abd')).not.toBe(await tokenId('abc'));
  });
});
