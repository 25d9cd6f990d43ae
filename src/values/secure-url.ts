const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])\.?$/;

/** Whether secrets may travel to this URL: https, or plain http that never leaves the machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}
