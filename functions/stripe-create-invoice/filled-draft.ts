/**
 * A draft with all of its lines, or none at all. Stripe takes one request for the draft and one for each line, each under a key
 * of its own that is derived from that of the call. So a call that is repeated after a crash or a lost response continues the
 * draft that it began:
 *
 *   (none) --create--> draft --add each line--> complete draft
 *                        |
 *                        \--a line is refused, or the lines are not those of the call--> deleted
 *
 * Stripe would repeat the response that created a deleted draft. So the key has the number of the attempt, and a call goes on to
 * the next attempt if its draft is gone. A draft that is left behind is neither collected nor finalized by Stripe.
 */
import { createHash } from "node:crypto";
import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-create-invoice.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { asProblem, invalidField, Problem } from "../../lib/errors.ts";
import {
  type InvoiceLine,
  lineParameters,
  stripeLine,
  subtotalOf,
} from "../../lib/invoices/invoice-lines.ts";
import { describeCause, log } from "../../lib/log.ts";
import { present } from "../../lib/present.ts";
import { isAnswered } from "../../lib/stripe/is-answered.ts";
import { readStripe, withStripe } from "../../lib/stripe/stripe-client.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { deleteDraft } from "./delete-draft.ts";

/** How many drafts of one call can have been deleted before. */
const MAX_ATTEMPTS = 5;

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  lines: [],
  currency: "currency",
  daysUntilDue: ["days_until_due", "due_date"],
  promotionCode: ["discounts[0][promotion_code]", "discounts[0]", "discounts"],
  metadata: "metadata",
};

/**
 * The draft as it is at Stripe with its lines. Throws VALIDATION_FAILED at the caller's field for what Stripe refuses; then no
 * draft is left.
 */
export async function filledDraft(
  inputs: Inputs,
  promotionCodeId: string | undefined,
  context: OperationContext,
): Promise<Stripe.Invoice> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const step = `${digestOf(inputs)}:${attempt}`;
    const draft = await emptyDraft(inputs, promotionCodeId, step, context);
    const filled = draft && (await fill(draft, inputs, step, context));
    if (filled !== undefined) return filled;
  }
  throw new Problem("CONFLICT", "The draft was deleted while it was made; send a new Idempotency-Key");
}

/** A key that was freed by a refusal can be used with other inputs. */
const digestOf = (inputs: Inputs): string =>
  createHash("sha256").update(canonicalJson(inputs)).digest("hex").slice(0, 16);

/** Undefined if an earlier call has deleted the draft of this attempt. */
async function emptyDraft(
  inputs: Inputs,
  promotionCodeId: string | undefined,
  step: string,
  context: OperationContext,
): Promise<Stripe.Invoice | undefined> {
  const { customerId, currency, daysUntilDue, metadata } = inputs;
  const created = await withStripe(
    context,
    parameters,
    (stripe, options) =>
      stripe.invoices.create(
        {
          customer: customerId,
          currency,
          collection_method: "send_invoice",
          days_until_due: daysUntilDue,
          // We send the mail, and the caller decides when: Stripe does neither by itself.
          auto_advance: false,
          pending_invoice_items_behavior: "exclude",
          metadata: stripeMetadata(metadata),
          ...present({
            discounts: promotionCodeId === undefined ? undefined : [{ promotion_code: promotionCodeId }],
          }),
        },
        options,
      ),
    step,
  );
  if (created.lastResponse.headers["idempotent-replayed"] !== "true") return created;
  const exists = (await readStripe(`/v1/invoices/${created.id}`, context)) !== undefined;
  return exists ? created : undefined;
}

/** Undefined if the draft had to be deleted because its lines are not those of the call. */
async function fill(
  draft: Stripe.Invoice,
  { lines, currency, customerId }: Inputs,
  step: string,
  context: OperationContext,
): Promise<Stripe.Invoice | undefined> {
  const { id } = draft;
  try {
    for (const [index, line] of lines.entries()) {
      await withStripe(
        context,
        lineParameters(index),
        (stripe, options) =>
          stripe.invoiceItems.create(
            { customer: customerId, invoice: id, currency, ...stripeLine(line) },
            options,
          ),
        `${step}:line:${index}`,
      );
    }
    const filled = await withStripe(context, {}, (stripe, options) =>
      stripe.invoices.retrieve(id, {}, options),
    );
    if (filled.total < 0)
      throw invalidField("lines", "have deductions that are more than what the discount leaves of the rest");
    if (hasLines(filled, lines)) return filled;
  } catch (thrown) {
    if (isFinal(thrown)) await tryToDelete(id, context);
    throw thrown;
  }
  await deleteDraft(id, context);
  return undefined;
}

/** Whether the lines are those of the call: each once, and nothing else. */
function hasLines(invoice: Stripe.Invoice, lines: readonly InvoiceLine[]): boolean {
  const isWhole = invoice.lines.data.length === lines.length || invoice.lines.has_more;
  return isWhole && invoice.subtotal === subtotalOf(lines);
}

/** Whether the same call would be refused again. Otherwise, the next one continues the draft. */
const isFinal = (thrown: unknown): boolean => {
  const { vendorRequestId, code, retryable } = asProblem(thrown);
  return code === "VALIDATION_FAILED" || (vendorRequestId !== undefined && isAnswered(thrown) && !retryable);
};

/** The refusal of the line is what the caller has to know, also if the draft stays. */
async function tryToDelete(invoiceId: string, context: OperationContext): Promise<void> {
  await deleteDraft(invoiceId, context).catch((thrown: unknown) => {
    const { requestId } = context;
    log("warn", { event: "invoice.draft-left", requestId, invoiceId, cause: describeCause(thrown) });
  });
}
