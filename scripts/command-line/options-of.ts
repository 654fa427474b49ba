/** The options that an action takes. */
import type { Action, Command, OptionSpec } from "./command.ts";
import { TARGET_OPTIONS } from "./target-options.ts";

export const HELP_OPTION: OptionSpec = { about: "shows this" };

/** Its own and those of its target; --help, which every action takes, is left out. */
export function optionsOf<Asked>(
  command: Command<Asked>,
  action: Action<Asked>,
): Readonly<Record<string, OptionSpec>> {
  return { ...action.options, ...(command.takesTarget ? TARGET_OPTIONS : {}) };
}
