import { Problem } from "../../lib/errors.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import type { Verdict } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import type { TestStripeAsked } from "./command.ts";
import { differencesOf } from "./compare.ts";
import { cleanUp, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import type { Side } from "./side.ts";
import { SUITE } from "./suite.ts";

const STRIPE = "https://api.stripe.com";

/** Plays the suite, and prints what is not as expected and what differs. */
export async function runTestStripe({ only }: TestStripeAsked): Promise<Verdict> {
  const scenarios = SUITE.filter(({ title }) => only === undefined || title.includes(only));
  if (scenarios.length === 0) throw misused(`No scenario has "${only}" in its title`);
  const stripe = stripeSide(process.env);
  const emulator = await startStripeEmulator({ port: 0 });
  const own: Side = { name: "the emulator", base: emulator.url, key: "sk_test_local" };
  try {
    const wrong = [];
    for (const scenario of scenarios) {
      const lines = await findings(scenario, own, stripe);
      for (const line of lines) console.log(`${scenario.title}: ${line}`);
      wrong.push(...lines);
    }
    console.log(summary(scenarios, wrong.length, stripe));
    return wrong.length === 0 ? "nothing wrong" : "something wrong";
  } finally {
    await emulator.close();
  }
}

async function findings(scenario: Scenario, own: Side, stripe: Side | undefined): Promise<string[]> {
  const emulated = await play(own, scenario, 0);
  const failures = (name: string, found: readonly string[]) => found.map((failure) => `${name}: ${failure}`);
  if (stripe === undefined) return failures(own.name, emulated.failures);
  const real = await play(stripe, scenario, emulated.events.length);
  await cleanUp(stripe, real);
  return [
    ...failures(own.name, emulated.failures),
    ...failures(stripe.name, real.failures),
    ...differencesOf(emulated, real, [own.name, stripe.name]).map(({ where, what }) => `${where}: ${what}`),
  ];
}

function summary(scenarios: readonly Scenario[], wrong: number, stripe: Side | undefined): string {
  const requests = scenarios.reduce((sum, { steps }) => sum + steps.length, 0);
  const played = `${scenarios.length} scenarios, ${requests} requests`;
  if (stripe === undefined) {
    return `${played}: ran against the emulator only, because STRIPE_SECRET_KEY is not set. ${wrong} expectations do not hold. Nothing was compared with Stripe.`;
  }
  return wrong === 0
    ? `${played}: no difference between the emulator and ${stripe.base}.`
    : `${played}: ${wrong} differences between the emulator and ${stripe.base}.`;
}

/** Undefined without a key. Throws a Problem for a live key and for a base to which no key may be sent. */
function stripeSide(environment: Readonly<Record<string, string | undefined>>): Side | undefined {
  const { STRIPE_SECRET_KEY: key = "", STRIPE_API_BASE: given = STRIPE } = environment;
  if (key === "") return undefined;
  if (/^[rs]k_live_/.test(key)) {
    throw new Problem(
      "BAD_REQUEST",
      "STRIPE_SECRET_KEY is a live key: the suite makes payments, so it needs a test key (sk_test_...)",
    );
  }
  if (!/^[rs]k_test_/.test(key))
    throw new Problem("BAD_REQUEST", "STRIPE_SECRET_KEY must be a test key: sk_test_... or rk_test_...");
  const base = URL.canParse(given) ? new URL(given) : undefined;
  const isLocal = base !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(base.hostname);
  if (base?.protocol !== "https:" && !(isLocal && base.protocol === "http:"))
    throw new Problem("BAD_REQUEST", "STRIPE_API_BASE must be an https address, or http on this machine");
  return { name: "Stripe", base: base.origin, key };
}
