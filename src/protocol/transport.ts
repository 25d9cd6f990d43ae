/** Anything shaped like `fetch` that carries the token request. It must not follow redirects when told so. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

// Looked up at each call, so that a patched or instrumented global is honoured.
export const platformTransport: Transport = (url, init) => fetch(url, init);
