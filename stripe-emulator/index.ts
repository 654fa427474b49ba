/** The emulator as other code may use it. Everything else in this folder is internal. */
export type { ClockFollower, EmulatorOptions } from "./emulator/emulator.ts";
export { type StripeEmulator, startStripeEmulator } from "./http/server.ts";
export { emulatorInProcess, type InProcessEmulator, type InProcessOptions } from "./in-process/in-process.ts";
export { TEST_CARDS, type TestCard } from "./payments/test-cards.ts";
export { webhookSignature } from "./webhooks/signature.ts";
