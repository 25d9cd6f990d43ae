import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import type { CertifiedServer } from './certified-server.ts';
import { LoopbackServer } from './loopback-server.ts';

/** An API that takes tokens bound to a key only, and checks token and proof as RFC 9449 §4.3 and §7 say. */
export class DpopResource {
  readonly server: LoopbackServer;
  /** What was wrong with each request; undefined for one that was served. */
  readonly problems: (string | undefined)[];
  /** The nonce that proofs must have. Change it, and the next request is asked for the new one. */
  nonce: string | undefined = 'nonce-1';

  private constructor(server: LoopbackServer, problems: (string | undefined)[]) {
    this.server = server;
    this.problems = problems;
  }

  static async start(issuer: CertifiedServer): Promise<DpopResource> {
    const problems: (string | undefined)[] = [];
    const usedProofs = new Set<string>();
    let resource: DpopResource | undefined;

    const problemOf = async (request: IncomingMessage): Promise<string | undefined> => {
      const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
      if (scheme !== 'DPoP') return 'invalid_token';
      const { payload, protectedHeader } = await jwtVerify(String(request.headers['dpop']), EmbeddedJWK, {
        typ: 'dpop+jwt',
      });
      const htu = `${resource?.server.origin}${request.url?.split('?')[0]}`;
      if (payload['htm'] !== request.method || payload['htu'] !== htu) return 'invalid_dpop_proof';
      if (payload['ath'] !== createHash('sha256').update(token).digest('base64url')) return 'invalid_dpop_proof';
      if (usedProofs.has(String(payload.jti))) return 'invalid_dpop_proof';
      usedProofs.add(String(payload.jti));
      if (payload['nonce'] !== resource?.nonce) return 'use_dpop_nonce';
      const { active, cnf } = await issuer.introspect(token);
      const jkt = protectedHeader.jwk && (await calculateJwkThumbprint(protectedHeader.jwk));
      return active && cnf?.jkt === jkt ? undefined : 'invalid_token';
    };

    const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const problem = await problemOf(request).catch(() => 'invalid_dpop_proof');
      problems.push(problem);
      const headers: Record<string, string> = resource?.nonce === undefined ? {} : { 'dpop-nonce': resource.nonce };
      if (problem !== undefined) headers['www-authenticate'] = `DPoP algs="ES256", error="${problem}"`;
      request.resume();
      response.writeHead(problem === undefined ? 200 : 401, headers).end(JSON.stringify({ problem }));
    };
    resource = new DpopResource(await LoopbackServer.start(listener), problems);
    return resource;
  }
}
