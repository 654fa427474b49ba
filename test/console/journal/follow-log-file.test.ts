/** The log file of the local stack, followed while it is written, rotated, cut and deleted. */
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { openLogFile } from "../../../local/logs/log-file.ts";
import { type Following, followLogFile } from "../../../scripts/console/journal/follow-log-file.ts";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import { LineSplitter } from "../../../scripts/console/journal/log-lines.ts";

const PREFIX = "contractspec-stripe-dev-";
const OPTIONS = { prefix: PREFIX, hasStripeRequests: false };
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function given() {
  const folder = mkdtempSync(join(tmpdir(), "console-log-"));
  const file = join(folder, "3000.jsonl");
  const journal = new Journal();
  let following: Following | undefined;
  cleanups.push(() => {
    following?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    file,
    journal,
    begin: () => {
      following = followLogFile(file, OPTIONS, journal);
      return following.caughtUp();
    },
    caughtUp: () => following?.caughtUp(),
    titles: () =>
      journal
        .page({ limit: 1_000 })
        .entries.map(({ title }) => title)
        .reverse(),
  };
}

let clock = 1_000;
const lineOf = (capabilityId: string, timestamp = ++clock) =>
  `${JSON.stringify({
    timestamp,
    log: `/aws/lambda/${PREFIX}stripe-get-customer`,
    message: JSON.stringify({ event: "capability.invoked", capabilityId, outcome: "succeeded" }),
  })}\n`;

describe("given the log file of a local stack", () => {
  it("what it has and what is added to it is read, with the name of the function", async () => {
    const log = given();
    writeFileSync(log.file, lineOf("a"));
    await log.begin();
    appendFileSync(log.file, lineOf("b"));
    await log.caughtUp();
    expect(log.titles()).toEqual(["a", "b"]);
    expect(log.journal.page({ limit: 1 }).entries[0]?.functionName).toBe("stripe-get-customer");
  });

  it("one that does not exist yet is read once the stack writes it", async () => {
    const log = given();
    await log.begin();
    writeFileSync(log.file, lineOf("a"));
    await log.caughtUp();
    expect(log.titles()).toEqual(["a"]);
  });

  it("half a line waits for its end, also if it was cut within a character", async () => {
    const log = given();
    const bytes = Buffer.from(lineOf("größer"));
    const middle = bytes.indexOf(Buffer.from("ö")) + 1;
    writeFileSync(log.file, bytes.subarray(0, middle));
    await log.begin();
    expect(log.titles()).toEqual([]);
    appendFileSync(log.file, bytes.subarray(middle));
    await log.caughtUp();
    expect(log.titles()).toEqual(["größer"]);
  });

  it("its older part is read first, and what a full file got last before it was set aside is not missed", async () => {
    const log = given();
    writeFileSync(`${log.file}.old`, lineOf("oldest"));
    writeFileSync(log.file, lineOf("a"));
    await log.begin();
    appendFileSync(log.file, lineOf("b"));
    renameSync(log.file, `${log.file}.old`);
    writeFileSync(log.file, lineOf("c"));
    await log.caughtUp();
    appendFileSync(log.file, lineOf("d"));
    await log.caughtUp();
    expect(log.titles()).toEqual(["oldest", "a", "b", "c", "d"]);
  });

  it("a file that was deleted or cut and begun again is read from its beginning", async () => {
    const log = given();
    writeFileSync(log.file, lineOf("a") + lineOf("b"));
    await log.begin();
    truncateSync(log.file);
    appendFileSync(log.file, lineOf("c"));
    await log.caughtUp();
    rmSync(log.file);
    await log.caughtUp();
    writeFileSync(log.file, lineOf("d") + lineOf("e") + lineOf("f"));
    await log.caughtUp();
    expect(log.titles()).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  it("equal lines are shown as often as they were written, and not again after they are read again", async () => {
    const log = given();
    const equal = lineOf("twice");
    writeFileSync(log.file, equal + equal);
    await log.begin();
    await log.caughtUp();
    expect(log.titles()).toEqual(["twice", "twice"]);
    const again = new Journal();
    const following = followLogFile(log.file, OPTIONS, again);
    await following.caughtUp();
    following.stop();
    expect(again.page({ limit: 9 }).entries).toEqual(log.journal.page({ limit: 9 }).entries);
  });

  it("what is not a line of ours is passed over", async () => {
    const log = given();
    writeFileSync(
      log.file,
      `\n{"timestamp":\n[]\n{"timestamp":1,"log":"x","message":"START"}\n${lineOf("a")}`,
    );
    await log.begin();
    expect(log.titles()).toEqual(["a"]);
  });

  it("what the stack itself writes is what is read", async () => {
    const log = given();
    const written = openLogFile(log.file, true);
    written.write(
      `${PREFIX}send-email`,
      JSON.stringify({ event: "capability.invoked", capabilityId: "send-email" }),
    );
    await log.begin();
    expect(log.journal.page({ limit: 1 }).entries[0]).toMatchObject({
      kind: "mail",
      functionName: "send-email",
    });
  });

  it("a journal says while a log is read for the first time, and then no more", async () => {
    const log = given();
    writeFileSync(log.file, lineOf("a"));
    const begun = log.begin();
    expect(log.journal.isReading).toBe(true);
    await begun;
    await log.caughtUp();
    expect(log.journal.isReading).toBe(false);
  });
});

describe("given bytes that come in pieces", () => {
  it("the lines are those of the whole, wherever it was cut", () => {
    const texts = fc.array(
      fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", "")),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, fc.array(fc.nat(40), { maxLength: 12 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const buffer = Buffer.alloc(bytes.length);
        const splitter = new LineSplitter();
        const places = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        let start = 0;
        const found = places.flatMap((place) => {
          // One buffer for all pieces, as the reader has.
          const length = bytes.copy(buffer, 0, start, place);
          start = place;
          return splitter.take(buffer.subarray(0, length));
        });
        expect(found).toEqual(
          Buffer.from(lines.join("\n")).toString("utf8").split("\n").slice(0, lines.length),
        );
      }),
    );
  });
});
