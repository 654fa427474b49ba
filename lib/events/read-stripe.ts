/** Returns what Stripe has at a path of its API, such as `/v1/charges/ch_1`; undefined if it has nothing there. */
export type ReadStripe = (
  path: string,
  query?: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>> | undefined>;
