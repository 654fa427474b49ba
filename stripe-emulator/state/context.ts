import type { Encodable } from "../protocol/form-encoding.ts";
import type { Clock } from "./clock.ts";
import type { Emit } from "./emit-event.ts";
import type { Store } from "./store.ts";

export type InnerParameters = { readonly [name: string]: Encodable | undefined };
export type InnerRequest = (
  context: Context,
  method: "POST" | "DELETE",
  path: string,
  parameters: InnerParameters,
) => object;

/** What one request reads and changes. The events that it emits carry its request id and idempotency key. */
export interface Context {
  readonly store: Store;
  /** The time of the objects that the request is about. */
  readonly clock: Pick<Clock, "now">;
  /** The test clock that `clock` is; null for the emulator's clock. */
  readonly testClock: string | null;
  readonly emit: Emit;
  /** Records an event that exists in the thin form only, about an object. Returns its id. */
  readonly emitThin: (type: string, object: object) => string;
  /** The URL of the emulator for browsers, such as `http://127.0.0.1:12111`. */
  readonly origin: string;
  /** Serves a request of the API within this one. {@link apiRequest} is how to call it. */
  readonly serve: InnerRequest;
  /** Whether every webhook endpoint has accepted the event. */
  readonly isDelivered: (eventId: string) => boolean;
}
