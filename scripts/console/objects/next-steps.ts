/** What can be done next about an object, each with the command that does it, and why not, if it cannot. Pure. */
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { present } from "../../../lib/present.ts";

export interface NextStep {
  readonly title: string;
  /** The command to copy; left out if the state does not permit it. */
  readonly command?: string;
  /** What it does, or why it does not apply. */
  readonly about: string;
}

export interface StepContext {
  /** Undefined for the local stack. */
  readonly stage: string | undefined;
  /** Of the API and a key, as they stand in a shell's command. */
  readonly api: { readonly url: string; readonly key: string };
  /** What is left to be refunded, in the smallest unit. */
  readonly refundable: number;
  readonly disputes: readonly { readonly id: string; readonly status: string }[];
  /** Invoices of a subscription that wait to be paid. */
  readonly openInvoices: readonly string[];
}

type Inputs = Readonly<Record<string, string | number | boolean>>;

/** Those that the state permits come first. */
export function nextSteps(id: string, state: ObjectState, context: StepContext): readonly NextStep[] {
  const steps = [...(STEPS[state.objectType]?.(id, state, context) ?? []), ...operatorSteps(id, context)];
  return steps.toSorted((a, b) => Number(b.command !== undefined) - Number(a.command !== undefined));
}

const STEPS: Readonly<Record<string, (id: string, state: ObjectState, context: StepContext) => NextStep[]>> =
  {
    payment_intent: (id, { status, customerId }, context) => {
      const inputs = { paymentIntentId: id };
      const isOpen = status.startsWith("requires_");
      return [
        step("Capture it", {
          applies: status === "requires_capture",
          command: post("stripe-capture-payment-intent", inputs, context),
          about: "takes all that is reserved; an amount takes a part and releases the rest",
          otherwise: `only a payment with a reserved amount can be captured; this one is ${status}`,
        }),
        step("Cancel it", {
          applies: isOpen,
          command: post("stripe-cancel-payment-intent", inputs, context),
          about: "nobody can pay it any more, and what is reserved is released",
          otherwise: `a payment that is ${status} cannot be canceled${status === "succeeded" ? ": refund it" : ""}`,
        }),
        step("Refund it", {
          applies: status === "succeeded" && context.refundable > 0,
          command: post("stripe-refund-payment", { ...inputs, reference: `refund-of-${id}` }, context),
          about: "pays everything back that is left; an amount pays back a part",
          otherwise:
            status === "succeeded"
              ? "nothing is left of it to refund"
              : `nothing was captured; it is ${status}`,
        }),
        step("Let the payer replace the card", {
          applies: status === "requires_payment_method" && customerId !== undefined,
          command: post(
            "stripe-create-portal-session",
            {
              customerId: customerId ?? "",
              returnUrl: "https://shop.example.com/account",
              flow: "payment-method",
            },
            context,
          ),
          about: "makes a page on which the payer replaces the card",
          otherwise:
            customerId === undefined
              ? "the payment has no customer, so it has no saved card"
              : `no payment method is missing; it is ${status}`,
        }),
        ...context.disputes.map((dispute) =>
          step(`Look at the dispute ${dispute.id}`, {
            applies: true,
            command: `https://dashboard.stripe.com/${context.stage === "prod" ? "" : "test/"}disputes/${dispute.id}`,
            about: `it is ${dispute.status}; evidence is submitted in Stripe's dashboard`,
            otherwise: "",
          }),
        ),
        reading("Read it at Stripe now", "stripe-get-payment-intent", inputs, context),
      ];
    },
    subscription: (id, { status, pausedCollection, customerId = "", cancelAtPeriodEnd }, context) => {
      const inputs = { subscriptionId: id };
      const isLive = !["canceled", "incomplete_expired", "incomplete"].includes(status);
      const isOverdue = status === "past_due" || status === "unpaid";
      return [
        step("Let the payer replace the card", {
          applies: isOverdue,
          command: post(
            "stripe-create-portal-session",
            { customerId, returnUrl: "https://shop.example.com/account", flow: "payment-method" },
            context,
          ),
          about: "makes a page for it; Stripe then tries the open invoice again",
          otherwise: `nothing is overdue; it is ${status}`,
        }),
        ...context.openInvoices.map((invoiceId) =>
          step(`Send the open invoice ${invoiceId}`, {
            applies: isOverdue,
            command: post("stripe-send-invoice", { invoiceId }, context),
            about: "mails the payer the page on which it can be paid",
            otherwise: `nothing is overdue; it is ${status}`,
          }),
        ),
        step("Cancel it at the end of the period", {
          applies: isLive && cancelAtPeriodEnd !== true,
          command: post("stripe-cancel-subscription", { ...inputs, when: "period-end" }, context),
          about: "with now in place of period-end, it ends at once",
          otherwise:
            cancelAtPeriodEnd === true ? "it ends at the end of the period already" : `it is ${status}`,
        }),
        step("Pause collecting payments", {
          applies: isLive && pausedCollection === undefined,
          command: post("stripe-pause-subscription", inputs, context),
          about: "its invoices are not collected until it is resumed",
          otherwise: pausedCollection !== undefined ? "it is paused already" : `it is ${status}`,
        }),
        step("Resume it", {
          applies: pausedCollection !== undefined || status === "paused",
          command: post("stripe-resume-subscription", inputs, context),
          about: "collects payments again",
          otherwise: "it is not paused",
        }),
        reading("Read it at Stripe now", "stripe-get-subscription", inputs, context),
      ];
    },
    invoice: (id, { status }, context) => {
      const inputs = { invoiceId: id };
      const isUnpaid = status === "open" || status === "uncollectible";
      const otherwise = `only an open invoice; this one is ${status}`;
      return [
        step("Finalize it", {
          applies: status === "draft",
          command: post("stripe-finalize-invoice", inputs, context),
          about: "after that it can be paid and no longer changed",
          otherwise: `only a draft can be finalized; this one is ${status}`,
        }),
        step("Send it", {
          applies: status === "open",
          command: post("stripe-send-invoice", inputs, context),
          about: "mails the payer the page on which it can be paid",
          otherwise,
        }),
        step("Void it", {
          applies: isUnpaid,
          command: post("stripe-void-invoice", inputs, context),
          about: "as if it had never been issued",
          otherwise,
        }),
        step("Mark it uncollectible", {
          applies: status === "open",
          command: post("stripe-mark-invoice-uncollectible", inputs, context),
          about: "it can still be paid, but nobody tries any more",
          otherwise,
        }),
        step("Credit a part of it", {
          applies: status === "open" || status === "paid",
          command: post("stripe-create-credit-note", { ...inputs, amount: 100 }, context),
          about: "put your amount in place of 100, in the smallest unit",
          otherwise: `only an open or paid invoice; this one is ${status}`,
        }),
        reading("Read it at Stripe now", "stripe-get-invoice", inputs, context),
      ];
    },
    customer: (id, { status }, context) => {
      const inputs = { customerId: id };
      const otherwise = `it is ${status}`;
      return [
        step("Make a page for their cards and subscriptions", {
          applies: status === "active",
          command: post(
            "stripe-create-portal-session",
            { ...inputs, returnUrl: "https://shop.example.com/account" },
            context,
          ),
          about: "Stripe's portal, for one visit",
          otherwise,
        }),
        step("Delete the customer", {
          applies: status === "active",
          command: post("stripe-delete-customer", inputs, context),
          about: "ends their subscriptions at once; it cannot be undone",
          otherwise,
        }),
        reading("Read what they have access to", "stripe-get-customer-state", inputs, context),
        reading("List all their payments", "stripe-list-payments", inputs, context),
      ];
    },
  };

function operatorSteps(id: string, { stage }: StepContext): NextStep[] {
  const target = stage === undefined ? "" : ` --stage ${stage}`;
  return [
    {
      title: "Compare the record with Stripe",
      command: `npm run events -- drift --object ${id}${target}`,
      about: "--fix records the state at Stripe",
    },
    {
      title: "Apply its events again",
      command: `npm run events -- replay --object ${id} --again${target}`,
      about: "safe to repeat: mails and notifications go out once",
    },
    {
      title: "List its audit entries",
      command: `npm run audit -- list --object ${id}${target}`,
      about: "the same entries as below",
    },
  ];
}

interface Choice {
  readonly applies: boolean;
  readonly command: string;
  readonly about: string;
  readonly otherwise: string;
}

function step(title: string, { applies, command, about, otherwise }: Choice): NextStep {
  return {
    title,
    about: applies ? about : otherwise,
    ...present({ command: applies ? command : undefined }),
  };
}

function reading(title: string, capability: string, inputs: Inputs, { api }: StepContext): NextStep {
  const query = new URLSearchParams(
    Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)])),
  );
  return {
    title,
    command: `curl "${api.url}/api/capabilities/${capability}?${query}" -H "authorization: Bearer ${api.key}"`,
    about: "changes nothing",
  };
}

/** The key is derived from what is asked, so that a command that is sent twice does it once. */
function post(capability: string, inputs: Inputs, { api }: StepContext): string {
  return [
    `curl -X POST "${api.url}/api/capabilities/${capability}"`,
    `-H "authorization: Bearer ${api.key}"`,
    `-H "idempotency-key: console-$(date -u +%F)-${capability}-${Object.values(inputs)[0]}"`,
    `-H "content-type: application/json"`,
    `-d '${JSON.stringify(inputs)}'`,
  ].join(" \\\n  ");
}
