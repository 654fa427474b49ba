/** The stream of new entries, as a browser reads it. */
import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Entry } from "../../../scripts/console/journal/entry.ts";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import { streamEntries } from "../../../scripts/console/server/stream.ts";

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Message {
  id?: string;
  event?: string;
  titles: string[];
}

async function given() {
  const journal = new Journal();
  const context = { target: {}, local: undefined, journal, now: async () => new Date(0) };
  const server = createServer((request, response) => {
    streamEntries(request, response, new URL(request.url ?? "", "http://x").searchParams, context);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  /** Opens the stream, and returns what gives its next message that a page would see. */
  const open = async (query = "", headers: Record<string, string> = {}) => {
    const ended = new AbortController();
    const { body } = await fetch(`${url}/?${query}`, { headers, signal: ended.signal });
    const reader = (body ?? new ReadableStream<Uint8Array<ArrayBuffer>>())
      .pipeThrough(new TextDecoderStream())
      .getReader();
    let rest = "";
    cleanups.push(() => ended.abort());
    const next = async (): Promise<Message> => {
      const end = rest.indexOf("\n\n");
      if (end === -1) {
        rest += (await reader.read()).value ?? "";
        return next();
      }
      const message = messageOf(rest.slice(0, end));
      rest = rest.slice(end + 2);
      return message.titles.length > 0 || message.event !== undefined ? message : next();
    };
    return { next, close: () => ended.abort() };
  };
  return { journal, open };
}

function messageOf(text: string): Message {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
  const [id, event] = [field("id"), field("event")];
  const listed: unknown = JSON.parse(field("data") ?? "[]");
  return {
    ...(id === undefined ? {} : { id }),
    ...(event === undefined ? {} : { event }),
    titles: Array.isArray(listed) ? listed.map(({ title }) => title) : [],
  };
}

let numbers = 0;
const entry = (title: string, fields: Partial<Entry> = {}): Entry => ({
  ...{ id: `e-${++numbers}`, at: numbers, kind: "call", outcome: "succeeded", title, ids: [] },
  ...fields,
});

describe("given an open stream", () => {
  it("what is added comes, but only what the filter lets through", async () => {
    const { journal, open } = await given();
    const { next } = await open("kind=mail");
    journal.add([entry("a call"), entry("a mail", { kind: "mail" })]);
    expect((await next()).titles).toEqual(["a mail"]);
  });

  it("whoever connects again with the last id gets what was missed, and nothing twice", async () => {
    const { journal, open } = await given();
    const first = await open();
    journal.add([entry("seen")]);
    const { id = "" } = await first.next();
    first.close();
    journal.add([entry("missed"), entry("missed, too")]);
    const second = await open("after=nonsense", { "last-event-id": id });
    expect((await second.next()).titles).toEqual(["missed", "missed, too"]);
    journal.add([entry("new")]);
    expect((await second.next()).titles).toEqual(["new"]);
  });

  it("a page that was read before the stream was opened misses nothing in between", async () => {
    const { journal, open } = await given();
    const { mark } = journal;
    journal.add([entry("in between")]);
    const { next } = await open(`after=${mark}`);
    expect((await next()).titles).toEqual(["in between"]);
  });

  it("whoever was away for too long, or comes from another console, reads the page again", async () => {
    const { journal, open } = await given();
    const { mark } = journal;
    journal.add(Array.from({ length: 501 }, (_, index) => entry(`e-${index}`)));
    const late = await open(`after=${mark}`);
    expect(await late.next()).toEqual({ event: "reload", id: journal.mark, titles: [] });
    const other = await open(`after=${new Journal().mark}`);
    expect(await other.next()).toMatchObject({ event: "reload" });
    journal.add([entry("new")]);
    expect((await late.next()).titles).toEqual(["new"]);
  });

  it("the end of a call brings the requests to Stripe that it made once more, with their group", async () => {
    const { journal, open } = await given();
    const { next } = await open();
    const request = entry("request", { kind: "stripe", at: 1_000, ids: ["req_1", "pi_1"] });
    journal.add([request]);
    expect((await next()).titles).toEqual(["request"]);
    journal.add([entry("call", { at: 1_010, durationMs: 100, ids: ["req_1"] })]);
    expect((await next()).titles).toEqual(["call", "request"]);
  });
});
