/** What the webhook has refused, with the likely cause. docs/webhook-verdicts.md has every verdict. Pure. */
import { textOf } from "../../../lib/untrusted.ts";
import type { EventLine } from "./event-log.ts";

export interface Refusal {
  /** As in the log line `webhook.rejected`. */
  readonly reason: string;
  readonly count: number;
  /** Unix milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly likelyCause: string;
  readonly whatToDo: string;
}

const NOT_STRIPE = {
  likelyCause: "The request does not come from Stripe: a scanner, or a test by hand.",
  whatToDo: "Nothing, unless Stripe's dashboard shows failed deliveries at the same time.",
};

const CAUSES: Readonly<Record<string, Pick<Refusal, "likelyCause" | "whatToDo">>> = {
  mismatch: {
    likelyCause:
      "STRIPE_WEBHOOK_SECRET is not the secret of the endpoint that sends: the secret was rotated at Stripe, another endpoint has this address, or something between changes the body.",
    whatToDo:
      "Set STRIPE_WEBHOOK_SECRET to the secret of the endpoint in Stripe's dashboard; npm run stripe -- webhook check compares the endpoint. Then compare with Stripe: what was refused is missing.",
  },
  timestamp: {
    likelyCause:
      "The request was signed more than five minutes ago, or a clock is wrong: somebody replays it.",
    whatToDo:
      "If it comes from Stripe, check the clock of this stage. The reconciler queues what was refused.",
  },
  "no-header": NOT_STRIPE,
  malformed: NOT_STRIPE,
  "too-many-signatures": NOT_STRIPE,
};

/** The latest first. */
export function refusalsIn(lines: readonly EventLine[]): Refusal[] {
  const rejected = lines.filter(({ fields }) => fields.event === "webhook.rejected");
  const byReason = Map.groupBy(rejected, ({ fields }) => textOf(fields.reason) ?? "unknown");
  return [...byReason]
    .map(([reason, of]) => ({
      ...{ reason, count: of.length },
      firstAt: Math.min(...of.map(({ at }) => at)),
      lastAt: Math.max(...of.map(({ at }) => at)),
      ...((Object.hasOwn(CAUSES, reason) ? CAUSES[reason] : undefined) ?? NOT_STRIPE),
    }))
    .sort((a, b) => b.lastAt - a.lastAt);
}
