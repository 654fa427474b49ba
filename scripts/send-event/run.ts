/** Runs `npm run send-event`. */
import { readdirSync, readFileSync } from "node:fs";
import { Problem } from "../../lib/errors.ts";
import { scrub } from "../../lib/scrub.ts";
import { webhookSignature } from "../../stripe-emulator/index.ts";
import type { Verdict } from "../command-line/command.ts";
import { oneOf } from "../command-line/values.ts";
import { localTime } from "../local-time.ts";
import type { SendEventAsked } from "./command.ts";

/** "something wrong" when the webhook refuses the event. */
export async function sendEvent({ type, url }: SendEventAsked): Promise<Verdict> {
  const samples = readdirSync("events/stripe").map((file) => file.replace(/\.json$/, ""));
  const body = readFileSync(`events/stripe/${oneOf("<type>", type, samples)}.json`, "utf8");
  const response = await post(
    url ?? `http://localhost:${process.env.PORT || 3000}/api/webhooks/stripe`,
    body,
    url === undefined ? await localTime() : new Date(),
  );
  console.log(`${response.status} ${scrub(await response.text())}`);
  return response.ok ? "nothing wrong" : "something wrong";
}

async function post(url: string, body: string, now: Date): Promise<Response> {
  const secret = (process.env.STRIPE_WEBHOOK_SECRET || "whsec_local").split(",")[0] ?? "";
  const signature = webhookSignature(body, [secret], Math.floor(now.getTime() / 1000));
  const headers = { "content-type": "application/json", "stripe-signature": signature };
  try {
    return await fetch(url, { method: "POST", headers, body });
  } catch {
    throw new Problem("BAD_REQUEST", `Nothing responds at ${url}. Is the local stack running (npm start)?`);
  }
}
