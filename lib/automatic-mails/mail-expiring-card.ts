import type { Mails } from "../email/template.ts";
import type { ExpiringCardEffect } from "../expiring-cards/expiring-card.ts";
import { readAutomaticMails } from "./automatic-mails.ts";
import { sendAutomaticMail } from "./send-automatic-mails.ts";

/** Mails the payer about a card that expires, if AUTOMATIC_MAILS says so: once for each card and month. */
export function mailExpiringCard(mails: Mails): ExpiringCardEffect {
  return async ({ paymentMethodId, expYear, expMonth }, context) => {
    if (!readAutomaticMails(process.env).has("card-expiring")) return;
    const due = {
      template: "card-expiring",
      data: { paymentMethodId },
      key: `card-expiring:${paymentMethodId}:${expYear}-${expMonth}`,
    } as const;
    await sendAutomaticMail(due, { ...context, mails });
  };
}
