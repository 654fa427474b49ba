/** A client for tests of the Stripe emulator: it sends forms and receives JSON. */

interface StripeObject {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface EmulatedEvent extends StripeObject {
  readonly type: string;
  readonly created: number;
}

/** A client of the emulator at `url`. Rejects with the emulator's response when it is not a success. */
export function emulatorClient(url: string) {
  const answered = async (response: Response) => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.url} responded with ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  const control = (method: string, path: string, body?: object) =>
    fetch(`${url}/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    }).then(answered);
  const events = async (): Promise<EmulatedEvent[]> => {
    const { events: all }: { events: { event: EmulatedEvent }[] } = await control("GET", "events");
    return all.map(({ event }) => event);
  };
  return {
    control,
    /** POSTs a form to `/v1/<path>`. */
    api: (path: string, form: Readonly<Record<string, string>>): Promise<StripeObject> =>
      fetch(`${url}/v1/${path}`, {
        method: "POST",
        headers: {
          authorization: "Bearer sk_test_local",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams(form).toString(),
      }).then(answered),
    /** Pays as a browser would. */
    pay: (paymentIntent: string, card: string): Promise<StripeObject> =>
      control("POST", "pay", { paymentIntent, card }),
    /** The number of events so far, from which `eventsSince` counts. */
    lastEvent: async (): Promise<number> => (await events()).length,
    /** Events in chronological order. */
    eventsSince: async (count: number): Promise<EmulatedEvent[]> => (await events()).slice(count),
  };
}
