/** The command line of `npm run drill`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { oneOf } from "../command-line/values.ts";
import { INCIDENTS } from "./all-incidents.ts";
import type { Incident } from "./incident.ts";

export interface DrillAsked {
  readonly incidents: readonly Incident[];
}

const NAMES = INCIDENTS.map(({ name }) => name);

export const drillCommand: Command<DrillAsked> = {
  invocation: "npm run drill --",
  summary: "Plays incidents on the local stack: each raises its alarm, is found and is repaired",
  actions: [
    {
      name: "",
      summary:
        "Starts its own local stack, and shows for each incident what happened, which alarm rang, how the cause was found and repaired, and that nothing was lost",
      options: {
        only: { value: "<name>", about: `plays only this incident: ${NAMES.join(", ")}`, repeats: true },
      },
      read: (given) => {
        const names = given.texts("only").map((name) => oneOf("--only", name, NAMES));
        return {
          incidents: INCIDENTS.filter(({ name }) => names.length === 0 || names.includes(name)),
        };
      },
    },
  ],
  notes: ["docs/operations.md explains every alarm."],
};
