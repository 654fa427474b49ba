/** Idle connections to the servers of the local stack. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { afterAll, expect, it } from "@jest/globals";
import { keepConnections } from "../../local/keep-connections.ts";
import * as given from "../steps/given.ts";

const aws = given.localAws();
const server = keepConnections(createServer((_request, response) => response.end("ok")));
afterAll(() => {
  server.close();
});

/** What the server says about the connection in its response. */
async function responseOf(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const [text] = await once(socket, "data");
  socket.destroy();
  return String(text);
}

it("no server of the stack announces that it will close an idle connection", async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const ports = [
    typeof address === "object" && address !== null ? address.port : 0,
    ...[aws.endpoints.dynamodb, aws.endpoints.ses].map((url) => Number(new URL(url).port)),
  ];
  for (const port of ports) expect(await responseOf(port)).not.toMatch(/keep-alive: timeout/i);
});
