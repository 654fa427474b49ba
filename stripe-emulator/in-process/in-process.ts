/** The emulator without a server and without deliveries: for a program that plays the network itself, such as a simulation. */
import { type ApiRequest, type ApiResponse, handleApiRequest } from "../api/handle-request.ts";
import { handleControlRequest } from "../control/control-interface.ts";
import { contextFor, createEmulator } from "../emulator/emulator.ts";
import type { StoredEvent } from "../state/store.ts";
import { catchUp } from "../time/catch-up.ts";
import { renderEvent } from "../versions/render-event.ts";

export interface InProcessOptions {
  /** The time in unix seconds. */
  readonly now: () => number;
}

export interface InProcessEmulator {
  /** Runs one request of the API. Never rejects. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** Runs `POST /_emulator/<action>`, such as `pay`. Never rejects. */
  act(action: string, input: object): Promise<{ readonly status: number; readonly body: string }>;
  /** The events that were recorded since the last call, oldest first, as a webhook endpoint would get them. */
  newEvents(): readonly Pick<StoredEvent, "id" | "type" | "created">[];
  /** Does what has become due by now. */
  catchUp(): void;
}

/** An emulator with an empty store. Its caller delivers the events. */
export function emulatorInProcess({ now }: InProcessOptions): InProcessEmulator {
  const emulator = createEmulator({ port: 0, now });
  let taken = 0;
  return {
    request: (request) => handleApiRequest(emulator, request),
    act: async (action, input) =>
      handleControlRequest(
        emulator,
        "POST",
        new URL(`http://localhost/_emulator/${action}`),
        JSON.stringify(input),
      ),
    newEvents: () => {
      const events = emulator.store.all("event").slice(taken);
      taken += events.length;
      return events.map((event) => renderEvent(emulator.store, event, event.api_version));
    },
    catchUp: () => catchUp(contextFor(emulator)),
  };
}
