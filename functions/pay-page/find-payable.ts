/** Finds what the token in a link is for, as it is at Stripe now. */
import { openPayToken, type PayLink } from "../../lib/pay-link/pay-token.ts";
import { present } from "../../lib/present.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { confirmable, type FoundObject, isCapturedLater } from "./confirmable.ts";
import { factsOfPaidSubscription, findSubscription } from "./find-subscription.ts";
import type { Found, Opening } from "./found.ts";
import { fromStripe } from "./read-stripe.ts";

/** Reserved before the deadline, so that the payer still gets a page that reports the fault. */
const RESERVED_MS = 1_000;

/** Throws a Problem if Stripe or the secrets cannot be reached by the deadline. */
export async function findPayable(token: string, opening: Opening): Promise<Found> {
  const link = openPayToken(token, await appSecrets(), opening.now);
  const nobodys = { kind: "payment", language: opening.languageFor() } as const;
  if (!link.ok) return { state: link.reason === "expired" ? "expired" : "unknown", ...nobodys };
  opening.noteReference(link.objectId);
  const found = await findObject(link, { ...opening, deadline: opening.deadline - RESERVED_MS });
  return found ?? { state: "unknown", ...nobodys };
}

async function findObject(link: PayLink, opening: Opening): Promise<Found | undefined> {
  const { objectId, returnUrl } = link;
  const find = objectId.startsWith("sub_")
    ? findSubscription
    : objectId.startsWith("seti_")
      ? findSetup
      : findPayment;
  const found = await find(objectId, opening);
  if (found === undefined) return undefined;
  const { ids, isCapturedLater = false, ...page } = found;
  return {
    ...page,
    reference: objectId,
    ...present({ returnTo: returnUrl === undefined ? undefined : { url: returnUrl, ids, isCapturedLater } }),
  };
}

const WITH_CUSTOMER = { expand: ["customer"] };

async function findPayment(
  id: string,
  { deadline, now, languageFor }: Opening,
): Promise<FoundObject | undefined> {
  const intent = await fromStripe(deadline, (stripe, options) =>
    stripe.paymentIntents.retrieve(id, WITH_CUSTOMER, options),
  );
  if (intent === undefined) return undefined;
  const { amount, currency, livemode, customer, description } = intent;
  const language = languageFor(customer);
  // Every invoice has a customer.
  const facts =
    customer === null ? undefined : await factsOfPaidSubscription(id, { deadline, now, language });
  return {
    language,
    ...confirmable(intent),
    // Stripe's description of such a payment, such as "Subscription update", does not say what is paid.
    ...(facts === undefined
      ? {
          kind: "payment",
          summary: {
            amount: { amount, currency },
            ...present({ description: description ?? undefined }),
            rows: [],
            livemode,
          },
        }
      : {
          kind: "subscription",
          summary: { amount: { amount, currency }, rows: facts.rows, livemode },
          ...present({ renewal: facts.renewal }),
        }),
    ids: { payment_intent: id },
    isCapturedLater: isCapturedLater(intent),
  };
}

async function findSetup(id: string, { deadline, languageFor }: Opening): Promise<FoundObject | undefined> {
  const intent = await fromStripe(deadline, (stripe, options) =>
    stripe.setupIntents.retrieve(id, WITH_CUSTOMER, options),
  );
  if (intent === undefined) return undefined;
  const { livemode } = intent;
  return {
    kind: "card",
    language: languageFor(intent.customer),
    ...confirmable(intent),
    summary: { ...present({ description: intent.description ?? undefined }), rows: [], livemode },
    ids: { setup_intent: id },
  };
}
