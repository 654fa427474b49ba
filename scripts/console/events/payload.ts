/**
 * An event's payload as the page shows it: without client secrets, without what belongs to a person (which no operator's
 * command shows), and without links that anyone could open. Pure.
 */
import { withoutSecrets } from "../../../lib/events/without-secrets.ts";
import { setOwnField } from "../../../lib/own-field.ts";
import { scrub } from "../../../lib/scrub.ts";
import { isRecord, parseJson } from "../../../lib/untrusted.ts";

const PERSONAL: ReadonlySet<string> = new Set([
  ...[
    "email",
    "receipt_email",
    "name",
    "phone",
    "address",
    "billing_details",
    "shipping",
    "ip",
    "ip_address",
  ],
  ...["customer_email", "customer_name", "customer_phone", "customer_address", "customer_shipping"],
  ...["customer_details", "metadata", "description", "business_name", "individual_name", "custom_fields"],
]);
/** Such as `hosted_invoice_url`: whoever has it sees the invoice. */
const LINK = /^(?:url|.*_url|invoice_pdf)$/;

/** In place of what is not shown. */
export const HIDDEN = "(hidden)";

/** The payload in `body`, as indented JSON; undefined if it is not JSON. */
export function shownPayload(body: string): string | undefined {
  const payload = parseJson(withoutSecrets(body));
  return payload === undefined ? undefined : JSON.stringify(withoutPersons(payload), null, 2);
}

/** A body of unknown content: the start of it, with everything removed that has the form of a secret or of an address. */
export function shownBody(body: string, most = 2_000): string {
  const json = shownPayload(body);
  return (json ?? scrub(withoutSecrets(body.slice(0, 4 * most)))).slice(0, most);
}

function withoutPersons(value: unknown): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map(withoutPersons);
  if (!isRecord(value)) return value;
  const shown: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) setOwnField(shown, name, partOf(name, part));
  return shown;
}

function partOf(name: string, part: unknown): unknown {
  if (PERSONAL.has(name)) return isNothing(part) ? part : HIDDEN;
  // An address of Stripe's own API, such as the `url` of a list, is not a link for people.
  if (LINK.test(name) && typeof part === "string" && !part.startsWith("/v1/")) return HIDDEN;
  return withoutPersons(part);
}

/** What is not there hides nothing, and an empty value explains a difference. */
function isNothing(part: unknown): boolean {
  return part === null || part === "" || (isRecord(part) && Object.keys(part).length === 0);
}
