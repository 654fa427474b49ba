/** The result of a simulated day, for people. Pure. */
import { textTable } from "../text-table.ts";
import type { Hour } from "./hours.ts";
import type { Breaking } from "./quotas.ts";

const number = (value: number, digits = 0) => value.toLocaleString("en", { maximumFractionDigits: digits });

/** One line for each hour. */
export function hourTable(hours: readonly Hour[]): string {
  return textTable([
    [
      "HOUR",
      "BEGUN/S",
      "PEAK/S",
      "DONE/S",
      "WAIT FOR A STEP",
      "SENT AGAIN BY STRIPE",
      "IN QUEUES",
      "OLDEST",
      "EXECUTIONS",
      "FULLEST QUOTAS",
    ],
    ...hours.map(
      ({ hour, arrived, mostArrived, done, atSteps, atWebhook, inQueues, oldestSeconds, used }) => [
        `${String(hour % 24).padStart(2, "0")}:00`,
        number(arrived / 3600, 1),
        number(mostArrived),
        number(done / 3600, 1),
        number(atSteps),
        number(atWebhook),
        number(inQueues),
        lasting(oldestSeconds),
        percent(used.get("executions") ?? 0),
        fullest(hours[hour] ?? { used }),
      ],
    ),
  ]);
}

function fullest({ used }: Pick<Hour, "used">): string {
  return [...used]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 2)
    .map(([resource, part]) => `${resource} ${percent(part)}`)
    .join(", ");
}

const percent = (part: number) => `${Math.round(part * 100)} %`;

/** Which quota breaks at which rate, and what to ask for. */
export function breakingTable(points: readonly Breaking[]): string {
  return textTable([
    ["PAYMENTS/S", "QUOTA", "FOR A PAYMENT", "THERE IS", "ASK"],
    ...points.map(({ paymentsPerSecond, resource, what, perPayment, rate, unit, ask }) => [
      number(paymentsPerSecond, 1),
      `${resource}: ${what}`,
      number(perPayment, 3),
      `${number(rate, 2)} ${unit}`,
      ask,
    ]),
  ]);
}

/** `90 s`, `12 min` or `3.4 h`. */
export function lasting(seconds: number): string {
  if (seconds < 120) return `${number(seconds)} s`;
  return seconds < 7200 ? `${number(seconds / 60)} min` : `${number(seconds / 3600, 1)} h`;
}
