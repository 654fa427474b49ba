/**
 * Makes the values that a template's tags show from its data: a client secret becomes a link, an amount becomes readable.
 */
import { entryOf } from "../untrusted.ts";
import { PAYMENT_VIEWS } from "./payment-views.ts";
import { SUBSCRIPTION_VIEWS } from "./subscription-views.ts";
import type { Data, View, ViewContext } from "./view.ts";

const VIEWS: Readonly<Record<string, View>> = { ...PAYMENT_VIEWS, ...SUBSCRIPTION_VIEWS };

const viewNamed = (template: string) => entryOf(VIEWS, template);

/**
 * The tags of a template with its own view, those in a list as `lines.lineText`; undefined for a template whose tags are the
 * fields of its data.
 */
export function tagsOf(template: string): readonly string[] | undefined {
  return viewNamed(template)?.tags;
}

/**
 * The view of a template's checked data; without its own view, the data is shown unchanged. Throws VALIDATION_FAILED, at
 * paths below `data`, for data that a view cannot be made from.
 */
export function viewOf(template: string, data: Data, context: ViewContext): Data {
  return viewNamed(template)?.make(data, context) ?? data;
}
