import { existsSync } from 'node:fs';
import { bundle, canBundle } from './bundle.ts';
import { type Engine, INSTALL, installed } from './engine.ts';

// A provider is often made outside of any request, where Workers allow no timer, no chance and no request.
const WORKER = `
  new core.TokenProvider({ tokenUrl: 'https://id.example/token', clientId: 'a', clientSecret: 'b' });
  export default {
    async fetch(request) {
      const { searchParams } = new URL(request.url);
      return Response.json(await run(searchParams.get('origin'), searchParams.get('id')));
    },
  };
`;

/** Cloudflare's engine, without its Node.js compatibility. */
export const workerd: Engine = {
  name: 'workerd',
  missing: existsSync(installed('miniflare')) && canBundle ? undefined : INSTALL,
  async run(origin, id) {
    const { Miniflare } = await import(installed('miniflare/dist/src/index.js'));
    const contents = await bundle(WORKER, 'esm');
    const modules = [{ type: 'ESModule', path: 'worker.js', contents }];
    const worker = new Miniflare({ modules, modulesRoot: '/', cf: false, compatibilityDate: '2026-07-01' });
    try {
      const answer = await worker.dispatchFetch(`http://worker/?origin=${encodeURIComponent(origin)}&id=${id}`);
      return await answer.json();
    } finally {
      await worker.dispose();
    }
  },
};
