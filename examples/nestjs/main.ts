// A NestJS module that gives an authorised fetch: node examples/nestjs/main.ts
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiServer } from '../../__tests__/servers/api-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import { API_FETCH, tokensModule } from './tokens-module.ts';

const [issuer, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);

class ThingsService {
  readonly #call: typeof fetch;

  constructor(call: typeof fetch) {
    this.#call = call;
  }

  async list(): Promise<string> {
    return (await this.#call(`${api.origin}/things`)).text();
  }
}

class AppModule {}
Module({
  imports: [
    tokensModule(
      { tokenUrl: issuer.url, clientId: 'application', clientSecret: 'its-secret' },
      { origins: api.origin },
    ),
  ],
  providers: [
    { provide: ThingsService, inject: [API_FETCH], useFactory: (call: typeof fetch) => new ThingsService(call) },
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const things = app.get(ThingsService);
console.log(await Promise.all([things.list(), things.list(), things.list()]));
await app.close();
const afterwards = await things.list().catch((error: { code: string }) => error.code);
console.log('after close:', afterwards, 'token requests:', issuer.requests.length);
await Promise.all([issuer.close(), api.close()]);
