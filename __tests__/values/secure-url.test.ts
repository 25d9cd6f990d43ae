import { describe, expect, it } from '@jest/globals';
import { isSecureUrl } from '../../src/values/secure-url.ts';

describe('secrets may travel', () => {
  it.each([
    'https://api.example',
    'HTTPS://API.EXAMPLE',
    'https://127.0.0.1.evil.example',
    'https://localhost',
    'http://localhost',
    'http://localhost:8080/token',
    'http://LOCALHOST',
    'http://localhost.',
    'http://127.0.0.1',
    'http://127.0.0.1.',
    'http://127.255.255.254',
    'http://[::1]:3000',
    'http://[0:0:0:0:0:0:0:1]',
    'http://127.1', // the rest are other spellings of 127.0.0.1, which the URL parser knows
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://user@127.0.0.1',
  ])('to %s', (url) => expect(isSecureUrl(new URL(url))).toBe(true));
});

describe('secrets must not travel', () => {
  it.each([
    'http://api.example',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1.evil.example.',
    'http://localhost.evil',
    'http://localhost.evil.example',
    'http://evil-localhost',
    'http://my.localhost.example',
    'http://notlocalhost',
    'http://localhost..',
    'http://127.0.0.1@evil.example',
    'http://localhost:80@evil.example',
    'http://evil.example/#localhost',
    'http://evil.example?localhost',
    'http://128.0.0.1',
    'http://10.0.0.1',
    'http://192.168.0.1',
    'http://169.254.169.254',
    'http://0.0.0.0',
    'http://[::]',
    'http://[::2]',
    'http://[fe80::1]',
    'http://2130706432.example',
    'http://3232235521',
    'http://127.0.0.1%2eevil.example',
    'http://127\u30020\u30020\u30021.evil.example',
    'ws://localhost',
    'wss://api.example',
    'ftp://localhost',
    'file:///etc/passwd',
    'data:text/plain,x',
    'httpss://api.example',
  ])('to %s', (url) => expect(isSecureUrl(new URL(url))).toBe(false));
});
