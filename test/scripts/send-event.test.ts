import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { verifySignature } from "../../lib/events/signature.ts";
import { sendEventCommand } from "../../scripts/send-event/command.ts";
import { sendEvent } from "../../scripts/send-event/run.ts";
import { runHere, spawned } from "../steps/commands.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

describe("given a webhook", () => {
  let webhook: LoopbackServer;
  let isAccepting = true;
  beforeAll(async () => {
    process.env.STRIPE_WEBHOOK_SECRET = "whsec_first,whsec_second";
    webhook = await loopbackServer((request, rawBody, response) => {
      const header = String(request.headers["stripe-signature"]);
      const verdict = verifySignature({
        header,
        rawBody,
        secrets: ["whsec_first"],
        now: Math.floor(Date.now() / 1000),
      });
      answerJson(response, verdict.ok && isAccepting ? 200 : 400, { received: verdict.ok });
    });
  });
  afterAll(() => webhook.close());
  const send = (words: string) => runHere(sendEventCommand, sendEvent, words);

  it("a sample is signed with the first secret and accepted: exit status 0", async () => {
    expect(await send(`payment_intent.succeeded ${webhook.url}`)).toEqual({
      status: 0,
      out: '200 {"received":true}\n',
      err: "",
    });
  });

  it("when the webhook refuses the event, the exit status is 1", async () => {
    isAccepting = false;
    expect(await send(`payment_intent.succeeded ${webhook.url}`)).toMatchObject({ status: 1 });
    isAccepting = true;
  });

  it("a misspelled sample ends it with 2 and the nearest name", async () => {
    expect(await send(`payment_intent.suceeded ${webhook.url}`)).toEqual({
      status: 2,
      out: "",
      err: '<type> "payment_intent.suceeded" is not known; did you mean "payment_intent.succeeded"?\n',
    });
  });

  it("as a process without a stack, it ends with 2 and says what to do", async () => {
    expect(await spawned("send-event", "payment_intent.succeeded", { PORT: "1" })).toEqual({
      status: 2,
      out: "",
      err: "Nothing responds at http://localhost:1/api/webhooks/stripe. Is the local stack running (npm start)?\n",
    });
  });
});
