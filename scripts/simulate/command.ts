/** The command line of `npm run simulate`. No I/O. */
import { invalidField } from "../../lib/errors.ts";
import type { Arguments } from "../command-line/arguments.ts";
import type { Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { durationSeconds, numberIn, oneOf } from "../command-line/values.ts";
import type { Burst } from "./demand.ts";
import type { Day, Outage } from "./model.ts";
import { RESOURCES, type Resource } from "./workload.ts";

export type SimulateAsked =
  | { readonly kind: "measure" }
  | { readonly kind: "check" }
  | {
      readonly kind: "day";
      readonly day: Day;
      readonly quotas: ReadonlyMap<Resource, number>;
      /** The file for the picture, if one is wanted. */
      readonly picture?: string;
    };

const MOST_PER_SECOND = 5_000;
const MOST_HOURS = 72;
const MOST_TIMES = 100;
const MOST_QUOTA = 1_000_000;

export const simulateCommand: Command<SimulateAsked> = {
  invocation: "npm run simulate --",
  summary: "Simulates days of payments against the quotas of AWS and Stripe, and says what breaks first",
  actions: [
    {
      name: "",
      summary: "Prints each hour, the quotas that keep payments waiting, and what to ask for",
      options: {
        "payments-per-second": { value: "<n>", about: "on average over a day; by default 5" },
        hours: { value: "<n>", about: "how many, from midnight UTC; by default 24" },
        seed: { value: "<n>", about: "the seed of chance; by default 1" },
        burst: {
          value: "<times>=<duration>@<hh:mm>",
          about: "more payments for a time: 5=10m@12:00",
          repeats: true,
        },
        outage: {
          value: "<quota>=<duration>@<hh:mm>",
          about: "nothing of this quota for a time: stripe=10m@14:00",
          repeats: true,
        },
        quota: {
          value: "<quota>=<n>",
          about: `another quota, by its name: ${RESOURCES.join(", ")}`,
          repeats: true,
        },
        picture: { value: "<file.svg>", about: "draws the day" },
        check: { about: "plays payments on the local stack and compares them with the model" },
        measure: { about: "measures the functions on the local stack again" },
      },
      read,
    },
  ],
  notes: ["docs/scale.md explains the model and what changes at 1,000 payments per second."],
};

function read(given: Arguments): SimulateAsked {
  if (given.flag("check") && given.flag("measure")) throw misused("Use either --check or --measure");
  if (given.flag("check")) return { kind: "check" };
  if (given.flag("measure")) return { kind: "measure" };
  const number = (name: string, standard: number, most: number, isWhole: boolean) =>
    numberIn(`--${name}`, given.text(name) ?? String(standard), {
      least: isWhole ? 1 : 0.001,
      most,
      isWhole,
    });
  const picture = given.text("picture");
  return {
    kind: "day",
    day: {
      paymentsPerSecond: number("payments-per-second", 5, MOST_PER_SECOND, false),
      seconds: number("hours", 24, MOST_HOURS, true) * 3600,
      seed: numberIn("--seed", given.text("seed") ?? "1", { least: 0, most: 2 ** 32 - 1 }),
      bursts: given.texts("burst").map(readBurst),
      outages: given.texts("outage").map(readOutage),
    },
    quotas: new Map(given.texts("quota").map(readQuota)),
    ...(picture === undefined ? {} : { picture }),
  };
}

function readBurst(text: string): Burst {
  const { name, from, until } = readSpan("--burst", text, "5=10m@12:00");
  return { times: numberIn("--burst", name, { least: 0, most: MOST_TIMES, isWhole: false }), from, until };
}

function readOutage(text: string): Outage {
  const { name, from, until } = readSpan("--outage", text, "stripe=10m@14:00");
  return { resource: oneOf("--outage", name, RESOURCES), from, until };
}

function readQuota(text: string): readonly [Resource, number] {
  const [name = "", value = ""] = text.split("=", 2);
  return [
    oneOf("--quota", name, RESOURCES),
    numberIn("--quota", value, { least: 0.001, most: MOST_QUOTA, isWhole: false }),
  ];
}

/** `<name>=<duration>@<hh:mm>`, in seconds since midnight. */
function readSpan(option: string, text: string, example: string) {
  const [, name = "", length = "", hour = "", minute = ""] =
    /^([^=]+)=(\w+)@(\d{1,2}):([0-5]\d)$/.exec(text) ?? [];
  const seconds = durationSeconds(length);
  if (seconds === undefined || Number(hour) >= MOST_HOURS)
    throw invalidField(option, `must be like ${example}`);
  const from = Number(hour) * 3600 + Number(minute) * 60;
  return { name, from, until: from + seconds };
}
