/** An incident that is a customer's matter: the card of a subscription is declined when it is renewed. */
import { fieldOf } from "../../../lib/untrusted.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { textIn } from "../../../scripts/demo/product-calls.ts";
import { createAtStripe, listAtStripe } from "../../../scripts/demo/stripe-requests.ts";
import type { Happened } from "../../../scripts/drill/incident.ts";
import type { Scene } from "../../../scripts/drill/scene.ts";

const MONTH_SECONDS = 31 * 24 * 60 * 60;
/** Stripe finalizes the invoice of a renewal an hour after it was made. */
const UNTIL_CHARGED_SECONDS = 2 * 60 * 60;

export async function declinedRenewal(scene: Scene): Promise<Happened> {
  const { stripe, client } = scene;
  const product = await createAtStripe(stripe, "products", { name: "Plan" });
  const price = await createAtStripe(stripe, "prices", {
    ...{ product, currency: "usd", unit_amount: "1900" },
    "recurring[interval]": "month",
  });
  const created = await scene.call("stripe-create-customer", { email: "renewal@example.com" });
  const customer = textIn(created.body, "customerId");
  const useCard = async (token: string) => {
    const card = await createAtStripe(stripe, `payment_methods/${token}/attach`, { customer });
    await createAtStripe(stripe, `customers/${customer}`, {
      "invoice_settings[default_payment_method]": card,
    });
    return card;
  };
  const card = await useCard("pm_card_visa");
  const made = await scene.call("stripe-create-subscription", {
    customerId: customer,
    priceId: price,
    paymentMethodId: card,
  });
  const subscription = textIn(made.body, "subscriptionId");
  await client.recordedState(subscription, ({ status }) => status === "active");
  const declined = await useCard("pm_card_chargeCustomerFail");
  await createAtStripe(stripe, `subscriptions/${subscription}`, { default_payment_method: declined });
  await scene.passTime(MONTH_SECONDS);
  await scene.passTime(UNTIL_CHARGED_SECONDS);
  await client.recordedState(subscription, ({ status }) => status === "past_due");
  const invoice = await waitFor("the open invoice", async () => {
    const open = await listAtStripe(stripe, "invoices", { customer, status: "open" });
    return open.length === 0 ? undefined : String(fieldOf(open[0], "id"));
  });
  return {
    what: "a renewal was declined, and the subscription is past due",
    repair: async () => {
      const good = await useCard("pm_card_visa");
      await createAtStripe(stripe, `subscriptions/${subscription}`, { default_payment_method: good });
      await createAtStripe(stripe, `invoices/${invoice}/pay`, {});
    },
    prove: async () => {
      const state = await client.recordedState(subscription, ({ status }) => status === "active");
      return [{ what: "the subscription", is: String(state.status), expected: "active" }];
    },
  };
}
