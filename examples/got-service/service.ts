import { createServer, type Server } from 'node:http';
import got, { type Got, HTTPError } from 'got';
import type { TokenSource } from 'tokenflight';
import { isTokenflightError } from 'tokenflight';
import { bearerHooks } from 'tokenflight/got';

/** The client for the upstream API: made once, shared by all requests that the service handles. */
export function upstream(tokens: TokenSource, apiUrl: string): Got {
  return got.extend(bearerHooks(tokens, { origins: new URL(apiUrl).origin }), {
    prefixUrl: apiUrl,
    timeout: { request: 5_000 },
  });
}

/** A service of which each request takes one call of the upstream API. */
export function service(api: Got): Server {
  return createServer(async (request, response) => {
    try {
      response.end(await api(request.url?.slice(1) ?? '').text());
    } catch (error) {
      const { cause } = error as Error;
      if (isTokenflightError(cause)) console.error(cause.code); // no token: an operator has to know
      response.writeHead(error instanceof HTTPError ? 502 : 503).end();
    }
  });
}
