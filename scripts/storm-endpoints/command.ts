/** The command line of `npm run storm:endpoints`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { numberIn } from "../command-line/values.ts";

export interface EndpointStorm {
  readonly notifications: number;
  /** The share of requests that have a fault. */
  readonly faults: number;
  readonly seed: number;
}

const OPTIONS = {
  notifications: { standard: 10_000, least: 1, most: 100_000, about: "how many notifications" },
  faults: { standard: 0.1, least: 0, most: 0.5, about: "the share of requests that have a fault" },
  seed: { standard: 1, least: 0, most: 2 ** 32 - 1, about: "the seed of all faults" },
} as const satisfies Readonly<Record<keyof EndpointStorm, object>>;

export const endpointStormCommand: Command<EndpointStorm> = {
  invocation: "npm run storm:endpoints --",
  summary: "Shows that no notification to an endpoint is lost, even when receivers fail",
  actions: [
    {
      name: "",
      summary:
        "Publishes notifications for three endpoints on this machine that fail, and counts what they accepted",
      options: Object.fromEntries(
        Object.entries(OPTIONS).map(([name, { standard, about }]) => [
          name,
          { value: "<n>", about: `${about}; by default ${standard}` },
        ]),
      ),
      read: (given) => {
        const read = (name: keyof EndpointStorm) => {
          const { standard, least, most } = OPTIONS[name];
          const text = given.text(name) ?? String(standard);
          return numberIn(`--${name}`, text, { least, most, isWhole: name !== "faults" });
        };
        return { notifications: read("notifications"), faults: read("faults"), seed: read("seed") };
      },
    },
  ],
  notes: ["docs/endpoints.md explains the result."],
};
