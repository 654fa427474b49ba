/** The command line of `npm run check-package`. No I/O. */
import type { Command } from "../command-line/command.ts";

/** Regions in three continents: the first, the one with most customers in Europe, and one with a long name. */
export const CHECKED_REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2"] as const;

export const checkPackageCommand: Command<undefined> = {
  invocation: "npm run check-package --",
  summary: "Checks what would be deployed, without AWS and without a network",
  actions: [
    {
      name: "",
      summary:
        "Packages for three regions, and for one of them twice, compares the packages byte by byte, and checks their templates; with cfn-lint, too, if it is installed",
      read: () => undefined,
    },
  ],
  notes: [`The regions are ${CHECKED_REGIONS.join(", ")}.`],
};
