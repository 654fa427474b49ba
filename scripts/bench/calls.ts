/**
 * Counts what warm functions call for one payment. test/scripts/bench/calls.test.ts compares every count with its budget;
 * here are the sums. Nothing is timed.
 */
import { createEmptyResources } from "../../local/empty-resources.ts";
import { startEmulators } from "../../local/emulators.ts";
import { tableId } from "../../resources/tables.ts";
import { PAID_PAYMENT, PAYMENT_CALL } from "./calls/budgets.ts";
import { type CountedCall, countsOf, SERVICES, writesIn } from "./calls/counted-call.ts";
import { countedWorld } from "./calls/counted-world.ts";
import { paidPayment, paymentCall } from "./calls/paid-payment.ts";
import type { Benchmark, Figure } from "./frame/benchmark.ts";

export const benchmark: Benchmark = {
  purpose: "What a paid process-payment and one warm payment call cost in calls",
  takes: "15 s",
  run: count,
  notes: [
    "A budget is the exact number: scripts/bench/calls/budgets.ts. A step is a moment in which a call waits for other services.",
    "Writes are items of DynamoDB, without the copies in indexes.",
  ],
};

const ENVIRONMENT = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_PATIENCE: "30",
  APP_SECRET: "app-secret-of-the-benchmark",
  STAGE: "dev",
  AUDIT_RETENTION_DAYS: "400",
  AUDIT_ARCHIVE: "on",
  FAILURE_MAIL_MINUTES: "10",
  FOLLOW_UP_DAYS: "1,3,5",
  ADMIN_ATTEMPTS: "3",
  PUBLIC_URL: "https://pay.example.com",
};

async function count(): Promise<readonly Figure[]> {
  const aws = await startEmulators();
  const resources = await createEmptyResources(aws.endpoints, {
    table: tableId,
    queue: (queue) => queue,
    archive: "archive",
  });
  Object.assign(process.env, ENVIRONMENT, resources);
  const world = await countedWorld(aws.endpoints);
  const write = process.stdout.write.bind(process.stdout);
  // The log lines of the functions.
  process.stdout.write = () => true;
  try {
    const call = await paymentCall(world);
    // It opens the writers of the audit log.
    await paidPayment(world);
    const paid = await paidPayment(world);
    return [
      {
        ...figure("payment call: steps one after the other", call.steps, PAYMENT_CALL.steps),
        details: { goal: "3" },
      },
      figure("payment call: DynamoDB writes", writesIn(call.calls), writesIn(callsOf(PAYMENT_CALL.calls))),
      figure("paid payment: transitions of Step Functions", paid.states.length, PAID_PAYMENT.states),
      {
        ...figure(
          "paid payment: DynamoDB writes",
          writesIn(paid.calls),
          writesIn(callsOf(PAID_PAYMENT.calls)),
        ),
        details: { goal: "30" },
      },
      ...SERVICES.map((service) =>
        figure(
          `paid payment: calls of ${service}`,
          ofService(paid.calls, service).length,
          ofService(callsOf(PAID_PAYMENT.calls), service).length,
        ),
      ),
      ...Object.entries(countsOf(paid.calls)).map(([what, value]) => ({
        what: `  ${what}`,
        value,
        unit: "",
      })),
    ];
  } finally {
    process.stdout.write = write;
    await world.close();
    await aws.close();
  }
}

const figure = (what: string, value: number, atMost: number): Figure => ({
  what,
  value,
  unit: "",
  bar: { atMost },
});

const ofService = (calls: readonly CountedCall[], service: string) =>
  calls.filter((call) => call.service === service);

/** The calls of a budget, as if they had been counted. */
function callsOf(counts: Readonly<Record<string, number>>): CountedCall[] {
  return Object.entries(counts).flatMap(([name, times]) => {
    const service = SERVICES.find((known) => name.startsWith(`${known} `)) ?? "DynamoDB";
    const [operation = ""] = name.slice(service.length + 1).split(" ");
    return Array.from({ length: times }, () => ({ service, operation }));
  });
}
