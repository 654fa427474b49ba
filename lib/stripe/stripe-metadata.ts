/**
 * Metadata that links Stripe objects to the application's records, within Stripe's limits: 50 keys of up to 40
 * characters without brackets, values of up to 500 characters. Source: https://docs.stripe.com/api/metadata. Pure.
 */
import { shownName } from "../contract/input-shape.ts";
import { invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/**
 * Stripe's form of `metadata`: numbers and flags become text. Throws VALIDATION_FAILED naming every entry that Stripe
 * would refuse.
 */
export function stripeMetadata(metadata: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const entries = Object.entries(metadata).filter(([, value]) => value !== undefined && value !== null);
  const issues = new IssueList();
  if (entries.length > MAX_KEYS) issues.add("metadata", `may have at most ${MAX_KEYS} entries`);
  const texts = entries.map(([key, value]): [string, string] => {
    const path = `metadata.${shownName(key)}`;
    if (key.length > MAX_KEY_LENGTH || /[[\]]/.test(key)) {
      issues.add(path, `must have a name of at most ${MAX_KEY_LENGTH} characters without square brackets`);
    }
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      issues.add(path, "must be text, a number or a flag; Stripe keeps no nested metadata");
    }
    const text = String(value);
    if (text.length > MAX_VALUE_LENGTH) issues.add(path, `may have at most ${MAX_VALUE_LENGTH} characters`);
    return [key, text];
  });
  if (!issues.isEmpty) throw invalidFields(issues);
  return Object.fromEntries(texts);
}
