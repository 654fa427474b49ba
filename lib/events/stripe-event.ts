/** Stripe's event envelope, read from JSON without trusting its shape. Pure. */

export interface StripeEvent {
  /** `evt_...` */
  readonly id: string;
  /** `payment_intent.succeeded` */
  readonly type: string;
  /** Unix seconds, UTC. Related events often share it. */
  readonly created: number;
  /** The snapshot in `data.object`, as the account's API version writes it. */
  readonly object: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** The event in `body`; undefined when it is not a snapshot event (a thin event, or no event at all). */
export function readStripeEvent(body: string): StripeEvent | undefined {
  const event = parseObject(body);
  if (event === undefined) return undefined;
  const { id, type, created, data } = event;
  if (typeof id !== "string" || typeof type !== "string" || typeof created !== "number" || !isObject(data)) {
    return undefined;
  }
  const { object } = data;
  if (!isObject(object) || typeof object.id !== "string") return undefined;
  return { id, type, created, object: { ...object, id: object.id } };
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
