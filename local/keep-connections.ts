import type { Server } from "node:http";

/**
 * Leaves it to clients to close idle connections. Node's servers close them after five seconds, and could meet a request that is on
 * its way at that moment, above all on a busy machine: the client only sees that the connection has ended, and cannot know whether the
 * request was read.
 */
export function keepConnections<Kept extends Server>(server: Kept): Kept {
  server.keepAliveTimeout = 0;
  return server;
}
