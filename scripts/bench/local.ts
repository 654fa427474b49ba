/** `npm run bench -- local`: the local stack under 100 simultaneous calls. */
import type { Benchmark, Figure } from "./frame/benchmark.ts";

const SIMULTANEOUS = 100;
const ROUNDS = 5;

export const benchmark: Benchmark = {
  purpose: `The local stack with ${SIMULTANEOUS} simultaneous calls of stripe-create-payment-intent, over HTTP`,
  takes: "90 s",
  notes: [
    `${ROUNDS} rounds of ${SIMULTANEOUS} calls, each with its own key, after one round that starts the function's eight threads.`,
    "Everything runs on this machine: the HTTP API, the functions, DynamoDB and Stripe's emulator. On AWS each call has its own environment.",
  ],
  run,
};

async function run(): Promise<readonly Figure[]> {
  const { randomUUID } = await import("node:crypto");
  const { freePorts } = await import("../../local/ports.ts");
  const { StackClient } = await import("../../local/stack-client.ts");
  const { startStack } = await import("../../local/stack-process.ts");
  const stack = await startStack({
    env: { ...(await freePorts()), STRIPE_SECRET_KEY: "sk_test_local", LOCAL_STATE_FOLDER: "none" },
  });
  try {
    const client = new StackClient(stack.urls);
    const call = async () => {
      const startedAt = performance.now();
      const inputs = { amount: 4_200, currency: "usd" };
      const { status } = await client.invoke("stripe-create-payment-intent", inputs, randomUUID());
      return { ms: performance.now() - startedAt, isGood: status === 200 };
    };
    const round = () => Promise.all(Array.from({ length: SIMULTANEOUS }, call));
    await round();
    const startedAt = performance.now();
    const calls = [];
    for (let made = 0; made < ROUNDS; made++) calls.push(...(await round()));
    const seconds = (performance.now() - startedAt) / 1000;
    const sorted = calls.map(({ ms }) => ms).sort((one, other) => one - other);
    const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
    return [
      { what: "errors", value: calls.filter(({ isGood }) => !isGood).length, unit: "", bar: { atMost: 0 } },
      { what: "calls", value: calls.length / seconds, unit: "/s" },
      { what: "half of the calls within", value: at(0.5), unit: "ms" },
      { what: "99 of 100 calls within", value: at(0.99), unit: "ms" },
    ];
  } finally {
    await stack.stop();
  }
}
