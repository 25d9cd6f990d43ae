/** What is used of the module that every Worker finds. */
declare module 'cloudflare:workers' {
  export function waitUntil(promise: Promise<unknown>): void;
  export const env: Readonly<Record<string, never>>;
}
