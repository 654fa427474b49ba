/** SQS and SNS: fauxqs, kept in a folder if there is one, with the subscriptions of threads/sns/ in addition. */
import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import { type BuildAppOptions, buildApp } from "fauxqs";
import { fieldsOf, textOf } from "../../lib/untrusted.ts";
import { serveOnLoopback, settings } from "./emulator-port.ts";
import { fanOut } from "./sns/fan-out.ts";
import { fauxqsParts, type Persistence, type SnsStore, type SqsStore } from "./sns/fauxqs-parts.ts";

const parts = await fauxqsParts();

await serveOnLoopback(async () => {
  const snsStore = new parts.SnsStore();
  const sqsStore = new parts.SqsStore();
  const persistence =
    settings.stateFolder === undefined
      ? undefined
      : keepIn(join(settings.stateFolder, "queues"), sqsStore, snsStore);
  const address = { url: "" };
  const requests = new AsyncLocalStorage<Record<string, unknown>>();
  const delivery = fanOut({
    parts,
    snsStore,
    sqsStore,
    address,
    lambdaUrl: settings.lambdaUrl,
    subjectOf: (message) => subjectIn(requests.getStore() ?? {}, message),
  });

  const stores: unknown = { sqsStore, snsStore, s3Store: new parts.S3Store() };
  const app = buildApp({
    logger: false,
    defaultRegion: settings.region,
    ...(isStores(stores) ? { stores } : {}),
  });
  app.addHook("preHandler", (request, _reply, done) => requests.run(fieldsOf(request.body), done));
  // The links in SNS's messages are opened with GET, which fauxqs takes for S3.
  app.addHook("onRequest", async (request, reply) => {
    const query = request.method === "GET" ? new URL(request.url, address.url).searchParams : undefined;
    if (query?.has("Action") !== true) return;
    const { statusCode, body } = await app.inject({
      method: "POST",
      url: "/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: query.toString(),
    });
    await reply.code(statusCode).type("text/xml").send(body);
  });
  await app.ready();
  app.server.once("listening", () => {
    const listening = app.server.address();
    address.url = `http://127.0.0.1:${typeof listening === "object" ? listening?.port : ""}`;
  });
  app.server.once("close", () => {
    delivery.stop();
    void app.close().then(() => persistence?.close());
  });
  return app.server;
});

/** Loads what an earlier stack left in the folder, and keeps every change there. */
function keepIn(folder: string, sqsStore: SqsStore, snsStore: SnsStore): Persistence {
  const persistence = new parts.PersistenceManager(folder);
  // Not a flush of the disk for every message: only a loss of power could lose the last ones.
  persistence.db.prepare("PRAGMA synchronous = NORMAL").run();
  // Its own also empties the count of receives, which the table does not allow.
  const release = persistence.db.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  persistence.updateMessageReady = (messageId) => release.run(messageId);
  persistence.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.persistence = persistence;
  snsStore.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
  return persistence;
}

/** The stores are fauxqs's own, whose types it does not export. */
function isStores(stores: unknown): stores is NonNullable<BuildAppOptions["stores"]> {
  return stores !== undefined;
}

/** The subject of Publish, or of the entry of PublishBatch that has this message. */
function subjectIn(request: Record<string, unknown>, message: string): string | undefined {
  if (request.Action === "Publish") return textOf(request.Subject);
  const entry = Object.keys(request).find((name) => name.endsWith(".Message") && request[name] === message);
  return entry === undefined ? undefined : textOf(request[entry.replace(/Message$/, "Subject")]);
}
