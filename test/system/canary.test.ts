/**
 * Drives secrets and personal data through every path of the local stack, errors included, and then reads everything
 * that was written anywhere. canary/canaries.ts and canary/written.ts say which data each place can contain.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { answersWritten, linesWritten } from "./canary/answers.ts";
import { type Canary, KNOWN_CANARIES, leaksIn, PERSON, type Written } from "./canary/canaries.ts";
import { type Driven, drive } from "./canary/drive.ts";
import { type DrivenStack, drivenStack, writtenBy } from "./canary/driven-stack.ts";
import { writtenToMailbox, writtenToStepFunctions, writtenToTables } from "./canary/written.ts";

let stack: DrivenStack;
let driven: Driven;
let canaries: readonly Canary[];

/** Expects that nothing leaked, that there was something to search in, and that the search would have found a leak. */
function expectClean(written: readonly Written[], atLeast: number): void {
  expect(leaksIn(written, canaries)).toEqual([]);
  expect(written.length).toBeGreaterThanOrEqual(atLeast);
  for (const { source, mayHold = [] } of written) {
    const forbidden = canaries.filter(({ kind }) => !mayHold.includes(kind));
    const planted = forbidden.map(({ examples }) => ({ source, mayHold, text: `{"x":"${examples[0]}"}` }));
    expect(leaksIn(planted, canaries).length).toBeGreaterThan(0);
  }
}

/** The sources in which a permitted canary was found. */
function excepted(written: readonly Written[]): string[] {
  const sources = written.filter(({ text }) => leaksIn([{ source: "", text }], canaries).length > 0);
  return [...new Set(sources.map(({ source }) => source))].sort();
}

describe("given the search", () => {
  it.each(KNOWN_CANARIES.flatMap(({ what, examples }) => examples.map((example) => [what, example])))(
    "it finds %s, %s, in every encoding",
    (_what, example) => {
      for (const text of [
        example,
        encodeURIComponent(example),
        JSON.stringify({ [example]: 1 }),
        `a ${example} b`,
      ]) {
        expect(leaksIn([{ source: "here", text }], KNOWN_CANARIES)).toHaveLength(1);
      }
    },
  );
});

describe("given secrets and personal data on every path", () => {
  beforeAll(async () => {
    stack = await drivenStack();
    driven = await drive(stack);
    canaries = [...KNOWN_CANARIES, ...stack.made, ...driven.clientSecrets];
  });
  afterAll(() => stack?.close());

  it("every call took its intended path", () => {
    expect(stack.surprises).toEqual([]);
    expect(stack.answers.length).toBeGreaterThan(200);
  });

  it("the printed lines contain none of them", () => expectClean(linesWritten(stack.printed), 500));
  it("the responses contain none of them", () => expectClean(answersWritten(stack.answers), 200));
  it("the tables contain none of them", async () =>
    expectClean(await writtenToTables(stack.stack.urls), 200));
  it("Step Functions' data contains none of them", async () =>
    expectClean(await writtenToStepFunctions(stack.stack.urls), 50));
  it("the messages in the queues contain none of them outside the body", () => expectClean(driven.queues, 4));
  it("a failed payment is among the searched items", async () => {
    const written = await writtenToTables(stack.stack.urls);
    expect(written.filter(({ source }) => source === "table failed-payments")).not.toEqual([]);
  });
  it("the mailbox contains no secret and no card", async () =>
    expectClean(await writtenToMailbox(stack.stack.urls), 4));
  it("the commands print none of them, except a new key", () => expectClean(writtenBy(stack.commands), 20));

  it("they are only where they belong: at Stripe, in mails, and in queued events", async () => {
    const { urls } = stack.stack;
    for (const text of Object.values(PERSON)) expect(driven.atStripe).toContain(text);
    expect(excepted(await writtenToTables(urls))).toEqual([]);
    expect(excepted(driven.queues)).toEqual([
      "queue contractspec-stripe-dev-payment-intent-events-dead-letter, body",
    ]);
    expect(excepted(await writtenToMailbox(urls))).toEqual(["mailbox"]);
    expect(
      excepted(writtenBy(stack.commands)).every((source) => /^stdout of keys (create|rotate) /.test(source)),
    ).toBe(true);
  });

  it("only the creators of the intent and the subscription and the pay page received the client secret", () => {
    const holding = stack.answers.filter(({ text }) => /_secret_/.test(text));
    expect(holding.length).toBeGreaterThan(2);
    expect(
      new Set(holding.map(({ status, path }) => `${status} ${path.replace(/^(\/pay\/|[^?]*).*/, "$1")}`)),
    ).toEqual(
      new Set([
        "200 /api/capabilities/stripe-create-payment-intent",
        "200 /api/capabilities/stripe-create-subscription",
        "200 /pay/",
      ]),
    );
  });

  it.each([
    "webhook.rejected",
    "queue.message-failed",
    "identity.refused",
    "pay-page.opened",
    "failed-payment.mail",
    "failed-payment.follow-up",
    "reconciler.ran",
    "drift.checked",
    "drift.found",
    '"outcome":"denied"',
    '"cause":"Stripe',
  ])("the log contains %s, so its lines were searched", (event) =>
    expect(stack.printed.join("\n")).toContain(event),
  );

  it("a run's steps are in the audit log under the principal who started it", async () => {
    const steps = stack.answers
      .filter(({ what }) => what === "what the till did")
      .flatMap(({ text }): { action: string; resource: { id: string } }[] => JSON.parse(text).entries)
      .filter(({ action }) => action === "step");
    expect(new Set(steps.map(({ resource }) => resource.id))).toEqual(
      new Set(["stripe-create-customer", "stripe-create-payment-intent", "send-email"]),
    );
  });
});
