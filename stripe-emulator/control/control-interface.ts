/** The control interface under `/_emulator/`: what tests and people do to the emulator besides using the API. */
import type { Emulator } from "../emulator/emulator.ts";
import { errorResponse, StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { ControlInputError } from "../protocol/json-input.ts";
import { ACTIONS } from "./actions.ts";

export interface ControlResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Runs the action at `/_emulator/<action>`; input and output are JSON. The response to wrong input is a 400 that names the field. */
export async function handleControlRequest(
  emulator: Emulator,
  method: string,
  url: URL,
  body: string,
): Promise<ControlResponse> {
  const path = url.pathname.slice("/_emulator/".length).replace(/\/$/, "");
  const [first = "", id = "", ...rest] = path.split("/");
  const name = id === "" ? first : [first, ":id", ...rest].join("/");
  const action = ACTIONS.get(`${method} ${name}`);
  if (action === undefined) {
    const message = `There is no action "${method} ${path}". The actions are: ${[...ACTIONS.keys()].join(", ")}.`;
    return json(404, { error: { message } });
  }
  try {
    const result = await action(emulator, inputOf(method, url, body), id);
    // Somebody who reads every second must not write the state file as often.
    if (method !== "GET") emulator.store.onChange();
    return json(200, result);
  } catch (error) {
    if (error instanceof StripeApiError)
      return json(error.status, errorResponse(error.body, newId("req", 14)));
    if (error instanceof ControlInputError) return json(400, { error: { message: error.message } });
    throw error;
  }
}

function inputOf(method: string, { searchParams }: URL, body: string): unknown {
  if (method === "GET") return Object.fromEntries(searchParams);
  return body === "" ? {} : parseJson(body);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlInputError("body", "JSON", text.slice(0, 20));
  }
}

function json(status: number, body: object): ControlResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body, null, 2),
  };
}
