import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './self-signed.ts';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];

/** A CA of the test's own, with what it signed. */
export interface Certificates {
  /** The CA's certificate, as clients trust it. */
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: Certificate;
  /** Subject `CN=client`. */
  readonly client: Certificate;
}

/** Has `openssl` make a CA, a server's certificate and a client's, good for a day. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    const path = (name: string): string => join(folder, name);
    const openssl = (...parts: readonly string[]): Promise<unknown> => run('openssl', parts, { cwd: folder });
    await openssl('req', '-x509', ...KEY, 'ca.key', '-out', 'ca.crt', '-days', '1', '-subj', '/CN=ca');
    const sign = async (name: string, extension: string): Promise<Certificate> => {
      await openssl('req', ...KEY, `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      await writeFile(path(`${name}.ext`), extension);
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`];
      await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`);
      return { key: await readFile(path(`${name}.key`), 'utf8'), cert: await readFile(path(`${name}.crt`), 'utf8') };
    };
    return {
      server: await sign('server', 'subjectAltName=IP:127.0.0.1,DNS:localhost'),
      client: await sign('client', 'extendedKeyUsage=clientAuth'),
      ca: await readFile(path('ca.crt'), 'utf8'),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
