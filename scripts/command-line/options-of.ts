/** The options of an action. */
import type { Action, Command, OptionSpec } from "./command.ts";
import { TARGET_OPTIONS } from "./target-options.ts";

export const HELP_OPTION: OptionSpec = { about: "shows this help" };

/** The action's own options and those of its target, without --help, which every action has. */
export function optionsOf<Asked>(
  command: Command<Asked>,
  action: Action<Asked>,
): Readonly<Record<string, OptionSpec>> {
  return { ...action.options, ...(command.takesTarget ? TARGET_OPTIONS : {}) };
}
