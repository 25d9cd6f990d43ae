// Goes every way that three processes with two keys can go, in the model or with the scripts on a real server, and prints
// what came of it: a test runner makes it take four times as long.
import { RedisServer } from '../../servers/redis-server.ts';
import { type Exploration, explore, inAgreement, model, type Size } from './explore.ts';
import { sound } from './protocol.ts';
import { RedisSubject } from './redis-subject.ts';

const size: Size = { processes: 3, keys: 2 };

async function onServer(): Promise<Exploration> {
  const server = await RedisServer.start();
  const subject = await RedisSubject.open(server, size.keys);
  try {
    return await explore(inAgreement(subject, sound), size);
  } finally {
    await subject.close();
    await server.stop();
  }
}

const result = await (process.argv[2] === 'server' ? onServer() : explore(model(sound), size));
process.stdout.write(JSON.stringify(result));
