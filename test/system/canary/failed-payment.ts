/** A payment that fails until the administrator gets a mail, and whose payer then gets a mail and a reminder. */
import { createInvoker } from "../../../local/lambda/invoke-client.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { PERSON } from "./canaries.ts";
import type { DrivenStack } from "./driven-stack.ts";

const INSUFFICIENT_FUNDS = "4000000000009995";
const ELEVEN_MINUTES_MS = 11 * 60 * 1000;
const TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000;

export async function driveFailedPayment({ stack, client }: DrivenStack): Promise<void> {
  const mailed = (address: string, subject: string) =>
    waitFor(`a mail "${subject}" to ${address}`, async () =>
      (await client.mailTo(address)).subject.startsWith(subject) ? true : undefined,
    );
  const answer = await fetch(`${stack.urls.stripeEmulator}/v1/payment_intents`, {
    method: "POST",
    headers: { authorization: "Bearer sk_test_local" },
    body: new URLSearchParams({
      amount: "4200",
      currency: "usd",
      receipt_email: PERSON.email,
      description: PERSON.note,
    }),
  });
  const { id } = JSON.parse(await answer.text());
  for (let attempt = 0; attempt < 3; attempt += 1) await client.pay(id, INSUFFICIENT_FUNDS);
  await mailed(
    stack.settings.functionEnvironment.ADMIN_EMAIL ?? "",
    "A failed payment of $42.00 needs a look",
  );
  const invoke = createInvoker({ endpoint: stack.urls.lambda, region: stack.settings.region });
  const followUp = (laterMs: number) => {
    const time = new Date(Date.now() + laterMs).toISOString();
    return invoke("contractspec-stripe-dev-follow-up-failed-payments", { time });
  };
  await followUp(ELEVEN_MINUTES_MS);
  await mailed(PERSON.email, "Your payment of $42.00 did not go through");
  await followUp(TWO_DAYS_MS);
  await mailed(PERSON.email, "Reminder: your payment of $42.00 is still open");
}
