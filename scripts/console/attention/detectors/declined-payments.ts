import { failedPayment } from "../../../../lib/failed-payments/failed-payment-table.ts";
import { formatMoney } from "../../../../lib/money/format-money.ts";
import { type Detector, evidenceOf } from "../finding.ts";

/** More open payments than that are looked at from the latest failure on. */
const MOST = 20;
/** Stripe tries again, and the payer is reminded, for weeks. */
const MONTH_MS = 31 * 24 * 60 * 60 * 1000;
const MOST_ENTRIES = 200_000;

/** Declined payments and renewals that are still open. */
export const declinedPayments: Detector = {
  looksFor: "declined payments that are still open",
  detect: async ({ journal, now, stage }) => {
    const { entries } = journal.page({ from: now.getTime() - MONTH_MS, limit: MOST_ENTRIES });
    const failures = entries.filter(({ event }) => event === "failed-payment.recorded");
    const ids = new Set(failures.flatMap(({ ids: all }) => all.filter((id) => /^(?:pi|in)_/.test(id))));
    const payments = await Promise.all([...ids].slice(0, MOST).map((id) => failedPayment(id)));
    return payments.flatMap((payment) => {
      if (payment === undefined || payment.status !== "open") return [];
      const { paymentId, amount, currency, lastDeclineCode, attempts, customerId } = payment;
      const isRenewal = paymentId.startsWith("in_");
      return {
        id: `declined-payments:${paymentId}`,
        title: `${isRenewal ? "A renewal" : "A payment"} of ${formatMoney({ amount, currency })} was declined and is still open`,
        cause: `The card's issuer said ${lastDeclineCode ?? "no, without a reason"}, ${attempts} ${attempts === 1 ? "time" : "times"}. The payer gets a mail that says what to do${isRenewal ? ", and Stripe tries again" : ""}.`,
        ...evidenceOf(journal.about(paymentId).toReversed()),
        since: payment.lastFailedAt * 1000,
        ids: [paymentId, ...(customerId === undefined ? [] : [customerId])],
        repairs: [
          ...(isRenewal
            ? [
                {
                  does: "Send the payer Stripe's page for the invoice, where another card can be used",
                  command: curl("stripe-send-invoice", { invoiceId: paymentId }, stage),
                },
                {
                  does: "Collect it now, once the payer has another card",
                  command: `stripe invoices pay ${paymentId}`,
                },
              ]
            : [
                {
                  does: "End it, if the payer will not pay: no further mail is sent",
                  command: curl("stripe-cancel-payment-intent", { paymentIntentId: paymentId }, stage),
                },
              ]),
          {
            does: "See what happened to it",
            command: `npm run audit -- list --object ${paymentId}`,
          },
        ],
      };
    });
  },
};

function curl(capability: string, inputs: object, stage: string | undefined): string {
  const host = stage === undefined ? "http://localhost:3000" : "$API_URL";
  return `curl -s ${host}/api/capabilities/${capability} -H "Authorization: Bearer $API_KEY" -H "Idempotency-Key: $(uuidgen)" --json '${JSON.stringify(inputs)}'`;
}
