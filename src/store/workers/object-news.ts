import { addressOf, NEWS } from './object-messages.ts';

/** What is used of a `DurableObjectStub`. */
export interface ObjectStub {
  fetch(url: string, init: never): Promise<unknown>;
}

interface NewsSocket extends EventTarget {
  accept(): void;
  close(): void;
}

/**
 * Hears over a WebSocket what an object tells.
 *
 * @returns ends it
 */
export function listenTo(stub: ObjectStub, tell: (message: string) => void, onLost: () => void): () => void {
  let isOver = false;
  let socket: NewsSocket | undefined;
  const lose = (): void => {
    if (!isOver) onLost();
    isOver = true;
  };
  const begin = async (): Promise<void> => {
    const init = { headers: { upgrade: 'websocket' } };
    const answer = (await stub.fetch(addressOf(NEWS), init as never)) as { readonly webSocket?: NewsSocket | null };
    socket = answer.webSocket ?? undefined;
    if (socket === undefined) return lose();
    socket.addEventListener('message', (event) => tell(String((event as MessageEvent).data)));
    socket.addEventListener('close', lose);
    socket.accept();
    if (isOver) socket.close();
  };
  begin().catch(lose);
  return () => {
    isOver = true;
    socket?.close();
  };
}
