/**
 * `npm run send-event -- <type> [<url>]`: signs a sample of events/stripe/ as Stripe does and posts it to the webhook, the
 * local one unless told. The secret is STRIPE_WEBHOOK_SECRET (the first, where there are several).
 */
import { readdirSync, readFileSync } from "node:fs";
import { webhookSignature } from "../stripe-emulator/index.ts";

const [type = "", url = `http://localhost:${process.env.PORT || 3000}/api/webhooks/stripe`] =
  process.argv.slice(2);
const known = readdirSync("events/stripe").map((file) => file.replace(/\.json$/, ""));

if (!known.includes(type)) {
  console.error(`Name one of the samples: ${known.join(", ")}`);
  process.exit(1);
}
const body = readFileSync(`events/stripe/${type}.json`, "utf8");
const secret = (process.env.STRIPE_WEBHOOK_SECRET || "whsec_local").split(",")[0] ?? "";
const timestamp = Math.floor(Date.now() / 1000);
try {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "stripe-signature": webhookSignature(body, [secret], timestamp),
    },
    body,
  });
  console.log(`${answer.status} ${await answer.text()}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  console.error(`Nothing answers at ${url}; is \`npm start\` running?`);
  process.exitCode = 1;
}
