/** What a payer needs to pay elsewhere, such as the number of a voucher, as rows in the language of the page. Pure. */
import { fillText } from "../../lib/languages/fill-text.ts";
import type { StepDetail } from "../../lib/stripe/next-step.ts";
import type { Row } from "./found.ts";
import type { PageLanguage } from "./page-language.ts";

export function stepRow(detail: StepDetail, { texts: { details }, money }: PageLanguage): Row {
  switch (detail.name) {
    case "amount":
      return { label: details.amount, value: money(detail.amount) };
    case "store": {
      const { store, code, confirmation } = detail;
      const label = fillText(details.store, { store });
      if (confirmation === undefined) return { label, value: code };
      return { label, value: fillText(details.storeConfirmation, { code, number: confirmation }) };
    }
    default:
      return { label: details[detail.name], value: detail.value };
  }
}
