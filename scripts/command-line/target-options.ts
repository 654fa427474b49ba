/** `--stage` and `--region`: the same in every command that talks to AWS. */
import { invalidField } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { LONGEST_STAGE, stageMistake } from "../../resources/stages.ts";
import type { Arguments } from "./arguments.ts";
import type { OptionSpec, Target } from "./command.ts";

export const TARGET_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  stage: {
    value: "<stage>",
    about: "a deployed stage, with the AWS credentials of this shell; by default the running local stack",
  },
  region: {
    value: "<region>",
    about: "the region of the stage; by default that in stages/<stage>.env, then AWS_REGION",
  },
};

/** Throws VALIDATION_FAILED for a name that no stage or region can have. */
export function readTarget(given: Arguments): Target {
  return present({ stage: readStage(given.text("stage")), region: readRegion(given.text("region")) });
}

/** Throws VALIDATION_FAILED for a name that no stage can have. */
export function readStage(text: string | undefined): string | undefined {
  if (text === undefined || stageMistake(text) === undefined) return text;
  throw invalidField(
    "--stage",
    `must be the name of a stage: up to ${LONGEST_STAGE} lowercase letters, digits and hyphens, such as prod`,
  );
}

function readRegion(text: string | undefined): string | undefined {
  if (text === undefined || /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d$/.test(text)) return text;
  throw invalidField("--region", "must be the name of an AWS region, such as eu-central-1");
}
