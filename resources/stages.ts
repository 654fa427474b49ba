/** Which names a stage can have. Pure. */
import { singleWord } from "../lib/scrub.ts";

/** The names of queues, functions and roles contain the stage, and AWS limits their length. */
export const LONGEST_STAGE = 16;
const STAGE = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/** Why no stage can have this name, as a sentence; undefined if one can. */
export function stageMistake(stage: string): string | undefined {
  const shown = singleWord(stage);
  if (stage.length > LONGEST_STAGE)
    return `The stage ${shown} has ${stage.length} characters, and can have ${LONGEST_STAGE}: it is a part of names that AWS limits. Choose a shorter name, such as prod.`;
  if (STAGE.test(stage)) return undefined;
  return `"${shown}" cannot be the name of a stage: it must begin with a lowercase letter and have only lowercase letters, digits and hyphens, such as prod or staging-2.`;
}
