/** The recorded cards by the month in which they expire: the sparse index `by-expiry` of the table StripeObjects. */
import { changeItem } from "../aws/change-item.ts";
import { getItems, type Item, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";
import { textOf } from "../untrusted.ts";

export interface CardPage {
  /** Their items in the table, in no order. */
  readonly items: readonly Item[];
  /** The id of the last one, if there may be more. */
  readonly next?: string;
}

/**
 * One page of the cards whose last month is this one, after the card with the id `after`; detached ones too. Throws
 * SERVICE_UNAVAILABLE.
 */
export async function cardsExpiringIn(
  month: string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<CardPage> {
  const table = env("STRIPE_OBJECTS_TABLE");
  const { items, next } = await queryItems(table, {
    key: { expression: "expires = :month", values: { ":month": month } },
    index: "by-expiry",
    limit,
    ...present({ after: after === undefined ? undefined : { expires: month, objectId: after } }),
  });
  // The index has only the keys, and can be behind.
  const cards = await getItems(
    table,
    items.map(({ objectId }) => ({ objectId })),
  );
  return { items: cards, ...present({ next: textOf(next?.objectId) }) };
}

/** Whether it was noted that this card was reported as expiring in the month. */
export const isReported = (item: Item, month: string): boolean => item.expiryReported === month;

/** Notes that everything has happened that happens when this card expires. Throws SERVICE_UNAVAILABLE. */
export function noteReported(objectId: string, month: string): Promise<void> {
  return changeItem<void>(env("STRIPE_OBJECTS_TABLE"), { objectId }, (item) =>
    item === undefined || isReported(item, month)
      ? { result: undefined }
      : { item: { ...item, expiryReported: month }, result: undefined },
  );
}
