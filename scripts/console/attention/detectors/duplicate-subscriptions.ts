import { getItem } from "../../../../lib/aws/dynamodb.ts";
import { env } from "../../../../lib/env.ts";
import { type Detector, evidenceOf } from "../finding.ts";

/** More subscriptions in a day are looked at from the newest on. */
const MOST = 200;

/** Second subscriptions to one product that are still live, and those whose payment could not be refunded. */
export const duplicateSubscriptions: Detector = {
  looksFor: "customers who subscribed twice",
  detect: async ({ recent, journal }) => {
    const created = recent.filter(({ title }) => title.startsWith("customer.subscription.created"));
    const ids = new Set(created.flatMap(({ ids: all }) => all.filter((id) => id.startsWith("sub_"))));
    const notRefunded = new Set(
      recent.filter(({ event }) => event === "duplicate.not-refunded").flatMap(({ ids: all }) => all),
    );
    const findings = await Promise.all(
      [...ids].slice(0, MOST).map(async (id) => {
        const [claim, record] = await Promise.all([
          getItem(env("SUBSCRIPTION_CLAIMS_TABLE"), { claim: `duplicate#${id}` }),
          getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: id }),
        ]);
        const isUnpaid = notRefunded.has(id);
        if (claim === undefined && !isUnpaid) return [];
        if (record?.final === true && !isUnpaid) return [];
        return [
          {
            id: `duplicate-subscriptions:${id}`,
            title: isUnpaid
              ? "A second subscription was canceled, and its payment could not be refunded"
              : "A customer has a second subscription to the same product",
            cause:
              "It did not come by our API, which refuses a second one: it was created by Checkout, the portal, the dashboard or another program.",
            ...evidenceOf(journal.about(id).toReversed()),
            repairs: [
              {
                does: "See both subscriptions of the customer",
                command: `npm run audit -- list --object ${String(record?.customerId ?? id)}`,
              },
              isUnpaid
                ? {
                    does: "Refund the payment",
                    command: `stripe refunds create -d payment_intent=<pi_... of ${id}>`,
                  }
                : {
                    does: "Cancel the second one at once",
                    command: `stripe subscriptions cancel ${id}`,
                  },
              {
                does: "Let the service cancel and refund duplicates by itself",
                command: "DUPLICATE_SUBSCRIPTIONS=cancel in the stage's settings, then npm run deploy",
              },
            ],
          },
        ];
      }),
    );
    return findings.flat();
  },
};
