import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type LetterFacts, reasonsOf } from "../../../scripts/console/events/dead-letter-reasons.ts";
import type { EventLine } from "../../../scripts/console/events/event-log.ts";

const AT = Date.parse("2026-11-27T08:00:00Z");
const LETTER: LetterFacts = {
  ...{ queue: "invoice", messageId: "copy-1", sentAt: AT, eventId: "evt_1" },
  ...{ sender: "us", hasMac: true, content: "event" },
};
const line = (at: number, fields: object): EventLine => ({ at, queue: "invoice", fields: { ...fields } });
const failed = (at: number, requestId: string, fields: object) =>
  line(at, { event: "webhook.applied", requestId, outcome: "failed", ...fields });
const setAside = (at: number, requestId: string, fields: object = {}) =>
  line(at, { event: "queue.message-set-aside", requestId, outcome: "rejected", receiveCount: 5, ...fields });
const reasonOf = (letter: LetterFacts, lines: readonly EventLine[]) =>
  reasonsOf([letter], lines).get(letter.messageId);

describe("given a message in a dead-letter queue", () => {
  it("its reason is the last error that the consumer logged for the message it was copied from", () => {
    const lines = [
      failed(AT - 500_000, "own-1", { code: "BAD_GATEWAY", eventId: "evt_1" }),
      failed(AT - 10, "own-1", {
        code: "INTERNAL_ERROR",
        cause: "TypeError: x is null\n  at y",
        eventId: "evt_1",
      }),
      setAside(AT + 5, "own-1", { eventId: "evt_1" }),
    ];
    expect(reasonOf(LETTER, lines)).toMatchObject({
      ...{ code: "INTERNAL_ERROR", cause: "TypeError: x is null", tries: 5, isForeign: false },
      firstFailedAt: AT - 500_000,
      why: expect.stringContaining("a mistake in our code"),
    });
  });

  it("a failure of the event's other messages is not taken for its own", () => {
    const lines = [
      failed(AT - 20, "own-1", { code: "NOT_FOUND", eventId: "evt_1" }),
      setAside(AT, "own-1", { eventId: "evt_1" }),
      failed(AT + 60_000, "another", { code: "TIMEOUT", eventId: "evt_1" }),
    ];
    expect(reasonOf(LETTER, lines)?.why).toBe("Stripe no longer has what the event refers to.");
  });

  it("one that SQS itself has moved keeps its id, by which its failures are found", () => {
    const lines = [failed(AT - 20, "copy-1", { code: "SERVICE_UNAVAILABLE", receiveCount: 150 })];
    expect(reasonOf(LETTER, lines)).toMatchObject({ code: "SERVICE_UNAVAILABLE", tries: 150 });
  });

  it.each<[string, Partial<LetterFacts>, RegExp]>([
    ["without a MAC", { hasMac: false, content: "not JSON" }, /no MAC.*not even JSON/],
    ["with a MAC of somebody else", { content: "other JSON" }, /MAC does not match.*no event/],
    ["that is not a report of SES", { queue: "mail", content: "other JSON" }, /not a report of SES/],
  ])("one %s says so by itself, without any log", (_what, facts, why) => {
    const { eventId: _id, ...foreign } = LETTER;
    expect(reasonOf({ ...foreign, sender: "unknown", ...facts }, [])).toMatchObject({
      why: expect.stringMatching(why),
      isForeign: true,
    });
  });

  it("without its log lines, it says that the log does not say why", () => {
    expect(reasonOf(LETTER, [])?.why).toMatch(/^The log does not say why/);
  });

  it("a wrong set-up is named by its alarm", () => {
    const lines = [failed(AT, "copy-1", { code: "INTERNAL_ERROR", alarm: "stripe-authentication" })];
    expect(reasonOf(LETTER, lines)?.why).toContain("stripe-authentication");
  });
});

describe("given any number of messages without an event, set aside one after the other", () => {
  it("each has its own reason", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 30, max: 5_000 }), { minLength: 1, maxLength: 20 }), (gaps) => {
        let at = AT;
        const letters: LetterFacts[] = [];
        const lines: EventLine[] = [];
        for (const [index, gap] of gaps.entries()) {
          at += gap;
          const { eventId: _id, ...rest } = LETTER;
          letters.push({ ...rest, messageId: `copy-${index}`, sentAt: at });
          lines.push(
            failed(at - 5, `own-${index}`, { code: `CODE_${index}` }),
            setAside(at + 10, `own-${index}`),
          );
        }
        const reasons = reasonsOf(letters, lines);
        expect(letters.map(({ messageId }) => reasons.get(messageId)?.code)).toEqual(
          gaps.map((_gap, index) => `CODE_${index}`),
        );
      }),
    );
  });
});
