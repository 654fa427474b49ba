/** What has been done at Stripe in the end: each object that exists because of somebody's call. */
import { type Fields, fieldOf, fieldsOf, listOf, parseJson } from "../../lib/untrusted.ts";
import type { World } from "../interleavings/world/world.ts";
import { CANCEL, PAY, REFUND } from "./ledger.ts";

export interface Effect {
  readonly tool: string;
  /** Of the object at Stripe. */
  readonly id: string;
  /** What was asked for: the same for all calls that could have caused it. */
  readonly sign: string;
  /** Cents. */
  readonly amount: number;
  /** Unix seconds. */
  readonly at: number;
}

/** The sign of what a call of this tool with this input asks for. */
export function signOf(tool: string, input: Fields): string {
  if (tool === PAY)
    return `${String(fieldOf(input, "metadata", "intent"))} ${input.amount} ${input.description ?? ""}`;
  return tool === REFUND ? `${input.paymentIntentId} ${input.amount}` : String(input.paymentIntentId);
}

export async function stripeEffects(world: World): Promise<Effect[]> {
  const payments = await listed(world, "/v1/payment_intents");
  const refunds = await listed(world, "/v1/refunds");
  return [
    ...payments.map((intent) =>
      effectOf(PAY, intent, signOf(PAY, { ...intent, description: intent.description ?? undefined })),
    ),
    ...refunds.map((made) => effectOf(REFUND, made, `${made.payment_intent} ${made.amount}`)),
    ...payments
      .filter(({ status }) => status === "canceled")
      .map((intent) => effectOf(CANCEL, intent, String(intent.id))),
  ];
}

const effectOf = (tool: string, { id, amount, created }: Fields, sign: string): Effect => ({
  tool,
  id: String(id),
  sign,
  amount: Number(amount),
  at: Number(created),
});

/** All of them, page by page. */
async function listed(world: World, path: string, after?: string): Promise<Fields[]> {
  const response = await world.emulator.request({
    method: "GET",
    path,
    query: `limit=100${after === undefined ? "" : `&starting_after=${after}`}`,
    headers: { authorization: "Bearer sk_test_checker" },
    body: "",
  });
  const page = fieldsOf(parseJson(response.body));
  const items = listOf(page.data).map(fieldsOf);
  if (page.has_more !== true) return items;
  return [...items, ...(await listed(world, path, String(items.at(-1)?.id)))];
}
