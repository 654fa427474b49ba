/**
 * The live subscriptions of a customer, as Stripe lists them now. A subscription is live from its creation until it has
 * ended: one that waits for its first payment can become active at any time.
 */
import { marksOn } from "../stripe/own-metadata.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { type Fields, fieldOf, fieldsOf, numberOf, textOf } from "../untrusted.ts";

export interface LiveSubscription {
  readonly id: string;
  readonly status: string;
  /** Unix seconds. */
  readonly created: number;
  readonly productIds: readonly string[];
  /** The mark of the call that created it; undefined if no call of ours did. */
  readonly call: string | undefined;
  /** Whether a caller wants it in addition to another one. */
  readonly isSecond: boolean;
  /** As Stripe returns it. */
  readonly object: Fields;
}

/** Returns one page of Stripe's list: `after` is the last id of the page before. */
export type ListSubscriptions = (after: string | undefined) => Promise<unknown>;

const ENDED = ["canceled", "incomplete_expired"];

export const hasEnded = (status: string): boolean => ENDED.includes(status);

/** Whether the subscription was begun: it was paid for, or is on trial. A payer may never pay for any other. */
export const isBegun = ({ status }: Pick<LiveSubscription, "status">): boolean => status !== "incomplete";

/** Reads every page. */
export async function liveSubscriptions(list: ListSubscriptions): Promise<LiveSubscription[]> {
  const live: LiveSubscription[] = [];
  let after: string | undefined;
  do {
    const page = await list(after);
    const read = listed(page).map(fieldsOf);
    live.push(...read.map(liveSubscription).filter(({ id, status }) => id !== "" && !hasEnded(status)));
    after = fieldOf(page, "has_more") === true ? idOf(read.at(-1)) : undefined;
  } while (after !== undefined);
  return live;
}

/** Those of them that contain this product. */
export function toProduct(live: readonly LiveSubscription[], productId: string): LiveSubscription[] {
  return live.filter(({ productIds }) => productIds.includes(productId));
}

export function liveSubscription(object: Fields): LiveSubscription {
  return {
    id: textOf(object.id) ?? "",
    status: textOf(object.status) ?? "",
    created: numberOf(object.created) ?? 0,
    productIds: listed(object.items).flatMap((item) => idOf(fieldOf(item, "price", "product")) ?? []),
    ...marksOn(object),
    object,
  };
}
