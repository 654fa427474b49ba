/** The time of the running local stack: its clock can be moved (`POST /_emulator/clock`). */
import { fieldOf, parseJson } from "../lib/untrusted.ts";
import { portsFrom } from "../local/ports.ts";
import { withDotEnv } from "../local/settings.ts";

const WITHIN_MS = 1_000;

/** The machine's time when no stack runs, or when it uses Stripe itself. */
export async function localTime(): Promise<Date> {
  const now = Date.now();
  try {
    const { STRIPE_EMULATOR_PORT: port } = portsFrom(withDotEnv(process.env, process.cwd()));
    const response = await fetch(`http://127.0.0.1:${port}/_emulator/clock`, {
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const offset = fieldOf(parseJson(await response.text()), "clockOffsetSeconds");
    return new Date(now + (typeof offset === "number" ? offset * 1_000 : 0));
  } catch {
    // A wrong port is reported by the part of the command that uses it.
    return new Date(now);
  }
}
