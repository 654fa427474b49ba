/**
 * Runs the Stripe emulator by itself: `node stripe-emulator/main.ts`.
 * Environment: STRIPE_EMULATOR_PORT (12111), STRIPE_WEBHOOK_URL, STRIPE_WEBHOOK_SECRET (comma-separated while
 * rotating; whsec_local), STRIPE_EMULATOR_STATE (a file that keeps the state across restarts).
 */
import { startStripeEmulator } from "./http/server.ts";

const {
  STRIPE_EMULATOR_PORT: port = "12111",
  STRIPE_WEBHOOK_URL: webhookUrl,
  STRIPE_WEBHOOK_SECRET: secrets = "whsec_local",
  STRIPE_EMULATOR_STATE: stateFile,
} = process.env;

const emulator = await startStripeEmulator({
  port: Number(port),
  webhookSecrets: secrets.split(","),
  log: (line) => console.log(line),
  ...(webhookUrl ? { webhookUrl } : {}),
  ...(stateFile ? { stateFile } : {}),
}).catch((error: NodeJS.ErrnoException) => {
  const isTaken = error.code === "EADDRINUSE";
  console.error(isTaken ? `Port ${port} is taken: set STRIPE_EMULATOR_PORT to another one.` : error.message);
  process.exit(1);
});
console.log(
  `Stripe emulator on ${emulator.url}, events to ${webhookUrl ?? "nowhere (set STRIPE_WEBHOOK_URL)"}`,
);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void emulator.close().then(() => process.exit(0)));
}
