/** What the application and its payers do in a demo: calls of capabilities, and cards on the pay page. */
import { Client } from "../../client/index.ts";
import { textOf } from "../../lib/untrusted.ts";
import { LOCAL_API_KEY } from "../../local/settings.ts";
import { type ApiAnswer, type StackClient, waitFor } from "../../local/stack-client.ts";
import type { RunningStack } from "../../local/stack-process.ts";

/** The address of the stack's Stripe emulator. */
export function emulatorOf({ urls }: RunningStack): string {
  if (urls.stripeEmulator === undefined) throw new Error("The demo needs the Stripe emulator");
  return urls.stripeEmulator;
}

/** The API of the stack, as an application calls it. */
export const apiOf = ({ urls }: RunningStack): Client =>
  new Client({ baseUrl: urls.api, apiKey: LOCAL_API_KEY });

/** The text of this name in the outputs, such as an id or a link. */
export function textIn(body: ApiAnswer["body"], name: string): string {
  const text = textOf(body[name]);
  if (text === undefined) throw new Error(`The response has no ${name}: ${Object.keys(body).join(", ")}`);
  return text;
}

/** The payment intent or the setup intent whose client secret the pay page gives to Stripe.js. Throws if there is no such page. */
export async function intentOn(payUrl: string | undefined): Promise<string> {
  if (payUrl === undefined) throw new Error("There is nothing to pay, and no card to save");
  const page = await fetch(payUrl);
  const id = /((?:pi|seti)_[A-Za-z0-9]+)_secret_/.exec(await page.text())?.[1];
  if (id === undefined) throw new Error(`The pay page responded with ${page.status}, and takes no card`);
  return id;
}

/** Has the payer type the number of a card, to pay or to save it. Throws when Stripe refuses it. */
export async function typeCard(client: StackClient, intent: string, card: string): Promise<void> {
  expectOk(
    intent.startsWith("seti_")
      ? await client.control("POST", "setup", { setupIntent: intent, card })
      : await client.pay(intent, card),
  );
}

/** The reasons for which a customer has access, as the application reads them. */
const REASONS_FOR_ACCESS: readonly string[] = ["active", "trialing", "grace"];

/** How a demo says what this reason means. */
export const accessOf = (reason: string) =>
  `${REASONS_FOR_ACCESS.includes(reason) ? "has access" : "has no access"}: ${reason}`;

/** Waits until the customer's state gives this reason. Throws when it is not what the reason means. */
export async function accessBecomes(api: Client, customerId: string, reason: string): Promise<void> {
  await waitFor(`access to be ${reason}`, async () => {
    const { access } = await api.call("stripe-get-customer-state", { customerId });
    if (access.reason !== reason) return undefined;
    if (access.active !== REASONS_FOR_ACCESS.includes(reason))
      throw new Error(`access is ${JSON.stringify(access)}`);
    return access;
  });
}

const DAY_SECONDS = 24 * 60 * 60;

/** Moves the clock of the whole stack. Everything that is due until then happens, and is delivered. */
export async function passDays(client: StackClient, days: number): Promise<void> {
  expectOk(await client.control("POST", "clock", { advance: days * DAY_SECONDS }));
}

function expectOk({ status, body }: { status: number; body: unknown }): void {
  if (status !== 200) throw new Error(`Stripe responded with ${status}: ${JSON.stringify(body)}`);
}
