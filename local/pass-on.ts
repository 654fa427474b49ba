/** Passes requests on to an emulated service, for the proxies in front of it. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Opening a connection costs more than many calls do. */
const agent = new Agent({ keepAlive: true });

/** The response of the service at `target` to `incoming`, whose body has been read. */
export async function passOn(target: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const url = new URL(incoming.url ?? "/", target);
  for (;;) {
    const sent = request(url, { method: incoming.method, agent, headers });
    try {
      return await new Promise((resolve, reject) => {
        sent.once("error", reject);
        sent.once("response", (answer) => read(answer).then(resolve, reject));
        sent.end(body);
      });
    } catch (error) {
      // The service closed the idle connection at the moment when it was used again, and did not read the request.
      if (!sent.reusedSocket) throw error;
    }
  }
}

async function read(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const { "transfer-encoding": _chunked, connection: _connection, ...headers } = answer.headers;
  return { status: answer.statusCode ?? 500, headers, body: Buffer.concat(chunks) };
}
