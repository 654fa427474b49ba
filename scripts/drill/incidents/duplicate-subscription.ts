import { fieldOf, listOf } from "../../../lib/untrusted.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { textIn } from "../../demo/product-calls.ts";
import { createAtStripe, listAtStripe } from "../../demo/stripe-requests.ts";
import type { Incident } from "../incident.ts";

export const duplicateSubscription: Incident = {
  name: "duplicate-subscription",
  title: "A customer has subscribed twice, and Stripe refuses to refund the second payment",
  alarm: "PersonNeededAlarm",
  query:
    "filter ispresent(alarm) | stats count(*) as lines by alarm, event, code | sort lines desc | limit 5",
  shows: /duplicate-not-refunded/,
  happen: async (scene) => {
    const { stripe, client } = scene;
    const product = await createAtStripe(stripe, "products", { name: "Plan" });
    const price = await createAtStripe(stripe, "prices", {
      ...{ product, currency: "usd", unit_amount: "1900" },
      "recurring[interval]": "month",
    });
    const created = await scene.call("stripe-create-customer", { email: "twice@example.com" });
    const customer = textIn(created.body, "customerId");
    const card = await createAtStripe(stripe, "payment_methods/pm_card_visa/attach", { customer });
    await createAtStripe(stripe, `customers/${customer}`, {
      "invoice_settings[default_payment_method]": card,
    });
    const first = await scene.call("stripe-create-subscription", {
      customerId: customer,
      priceId: price,
      paymentMethodId: card,
    });
    await client.recordedState(textIn(first.body, "subscriptionId"), ({ status }) => status === "active");
    await scene.control("POST", "faults", {
      kind: "status",
      status: 400,
      times: 100_000,
      match: { method: "POST", path: "/v1/refunds" },
    });
    // As in Stripe's dashboard, which does not ask us.
    const second = await createAtStripe(stripe, "subscriptions", { customer, "items[0][price]": price });
    await client.recordedState(second, ({ status }) => status === "canceled");
    return {
      what: "the second subscription was canceled, and what was paid for it was not paid back",
      find: () => scene.command(`audit list --object ${second} --limit 5`, { shows: /apply +evt_/ }),
      repair: async () => {
        await scene.control("DELETE", "faults");
        const [payment] = await listAtStripe(stripe, "payment_intents", { customer });
        await createAtStripe(stripe, "refunds", { payment_intent: String(fieldOf(payment, "id")) });
        scene.done("The payment is refunded in Stripe's dashboard");
      },
      prove: async () => {
        const live = await listAtStripe(stripe, "subscriptions", { customer });
        const paidBack = await waitFor("the refund", async () => {
          const refunds = await listAtStripe(stripe, "refunds");
          return refunds.filter((refund) => fieldOf(refund, "amount") === 1900).length || undefined;
        });
        return [
          { what: "live subscriptions of the customer", is: listOf(live).length, expected: 1 },
          { what: "refunds of the second payment", is: paidBack, expected: 1 },
        ];
      },
    };
  },
};
