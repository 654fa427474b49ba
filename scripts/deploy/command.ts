/** The command line of `npm run deploy`. No I/O. */
import { present } from "../../lib/present.ts";
import type { Arguments } from "../command-line/arguments.ts";
import type { Command, OptionSpec } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { readTarget } from "../command-line/target-options.ts";

export interface DeployAsked {
  readonly stage: string;
  readonly region?: string;
  /** Does not ask before an ordinary change. Changes that lose data are asked about in any case. */
  readonly yes: boolean;
  /** Ends before anything is changed. */
  readonly onlyPlan: boolean;
  /** Replaces every instance, so that it reads the secrets again. */
  readonly restart: boolean;
}

/** The stage that is changed; both commands that change one take them. */
export const CHANGED_STAGE: Readonly<Record<string, OptionSpec>> = {
  stage: { value: "<stage>", about: "the stage, with the AWS credentials of this shell" },
  region: {
    value: "<region>",
    about: "the region of the stage; by default that in stages/<stage>.env, then AWS_REGION",
  },
  yes: {
    about: "does not ask before a change; one that loses data is asked about in any case",
  },
};

/** Throws BAD_REQUEST without a stage. */
export function readChangedStage(given: Arguments): { readonly stage: string; readonly region?: string } {
  const { stage, region } = readTarget(given);
  if (stage === undefined) throw misused("Name the stage: --stage <stage>");
  return present({ stage, region });
}

export const deployCommand: Command<DeployAsked> = {
  invocation: "npm run deploy --",
  summary: "Deploys a stage",
  actions: [
    {
      name: "",
      summary: "Checks what the stage needs, shows what will change, deploys, and makes a smoke call",
      options: {
        ...CHANGED_STAGE,
        plan: { about: "ends after it has shown what would change" },
        restart: { about: "replaces every instance of every function, so that they read the secrets again" },
      },
      read: (given) => ({
        ...readChangedStage(given),
        yes: given.flag("yes"),
        onlyPlan: given.flag("plan"),
        restart: given.flag("restart"),
      }),
    },
  ],
  notes: [
    "Everything that is missing is reported at once. docs/deploy.md has every step.",
    "npm run rollback goes back to an earlier version.",
  ],
};
