/** Asks the emulators of the running local stack, on behalf of a person. */
import { Problem, type ProblemCode } from "../../../lib/errors.ts";
import { fieldOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import type { StackSettings } from "../../../local/settings.ts";
import type { ConsoleContext } from "../server/route.ts";

/** The settings of the local stack. Throws NOT_IMPLEMENTED for a deployed stage, which has no emulators. */
export function localOf({ local, target }: ConsoleContext): StackSettings {
  if (local !== undefined) return local;
  throw new Problem(
    "NOT_IMPLEMENTED",
    `The stage ${target.stage} has neither a clock that moves nor faults to order: the local stack has`,
  );
}

/** The address of the Stripe emulator. Throws NOT_IMPLEMENTED if the stack uses Stripe itself. */
export function emulatorOf(context: ConsoleContext): string {
  const { embedsStripe, stripeEmulatorUrl } = localOf(context);
  if (embedsStripe) return stripeEmulatorUrl;
  throw new Problem(
    "NOT_IMPLEMENTED",
    "This stack uses Stripe's test mode: only the Stripe emulator can do this",
  );
}

/**
 * The JSON that the control interface of an emulator responds with. Throws SERVICE_UNAVAILABLE if nothing listens, and the
 * emulator's refusal with its message.
 */
export async function control(
  url: string,
  { method = "GET", body }: { readonly method?: string; readonly body?: unknown } = {},
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  }).catch((cause: unknown) => {
    throw new Problem("SERVICE_UNAVAILABLE", NOT_RUNNING, { cause });
  });
  const value = parseJson(await response.text());
  if (response.ok) return value;
  const message = textOf(fieldOf(value, "error", "message")) ?? textOf(fieldOf(value, "message"));
  throw new Problem(codeOf(response.status), message ?? `${url} responded with ${response.status}`);
}

/** What to do without a stack. */
export const NOT_RUNNING = "The local stack does not run. `npm start` starts it";

function codeOf(status: number): ProblemCode {
  if (status === 402) return "PAYMENT_REQUIRED";
  if (status === 404) return "NOT_FOUND";
  return status < 500 ? "BAD_REQUEST" : "BAD_GATEWAY";
}
