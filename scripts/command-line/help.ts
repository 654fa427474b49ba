/** The usage texts of a command, from its declaration. Pure. */
import { textTable } from "../text-table.ts";
import type { Action, Command, OptionSpec } from "./command.ts";
import { HELP_OPTION, optionsOf } from "./options-of.ts";

const LINE_WIDTH = 110;
const EXIT_STATUS =
  "Exit status: 0 nothing is wrong, 1 something wrong was found, 2 the command could not do its work.";

/** One line for each action, and how to read more. */
export function usageOfCommand<Asked>(command: Command<Asked>): string {
  return [...command.actions.map((action) => usageLine(command, action)), pointer(command)].join("\n");
}

/** One line, and how to read more. */
export function usageOfAction<Asked>(command: Command<Asked>, action: Action<Asked>): string {
  return `${usageLine(command, action)}\n${pointer(command, action)}`;
}

/** The text of `--help` for the whole command. */
export function commandHelp<Asked>(command: Command<Asked>): string {
  const actions = command.actions.flatMap((action) => [usageLine(command, action), `    ${action.summary}.`]);
  return paragraphs([`${command.summary}.`], actions, [pointer(command)], command.notes ?? [], [EXIT_STATUS]);
}

/** The text of `--help` for one action. */
export function actionHelp<Asked>(command: Command<Asked>, action: Action<Asked>): string {
  const options = { ...optionsOf(command, action), help: HELP_OPTION };
  return paragraphs(
    [usageLine(command, action)],
    [`${action.summary}.`],
    described(
      "Arguments:",
      (action.positionals ?? []).map(({ name, about }) => [`<${name}>`, about]),
    ),
    described(
      "Options:",
      Object.entries(options).map(([name, spec]) => [optionText(name, spec), spec.about]),
    ),
    command.notes ?? [],
    [EXIT_STATUS],
  );
}

function paragraphs(...blocks: readonly (readonly string[])[]): string {
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function described(heading: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  return [heading, ...textTable(rows.map(([name, about]) => [`  ${name}`, about])).split("\n")];
}

/** The action with its arguments and options, wrapped where the line would be too long. */
function usageLine<Asked>(command: Command<Asked>, action: Action<Asked>): string {
  const pieces = [
    ...(action.positionals ?? []).map(({ name, isOptional, repeats }) => {
      const shown = `<${name}>${repeats ? " ..." : ""}`;
      return isOptional ? `[${shown}]` : shown;
    }),
    ...Object.entries(optionsOf(command, action)).map(([name, spec]) => `[${optionText(name, spec)}]`),
  ];
  const lines = [called(command, action)];
  for (const piece of pieces) {
    const longer = `${lines.at(-1)} ${piece}`;
    if (longer.length <= LINE_WIDTH) lines.splice(-1, 1, longer);
    else lines.push(`    ${piece}`);
  }
  return lines.join("\n");
}

function optionText(name: string, { value, repeats }: OptionSpec): string {
  return `--${name}${value === undefined ? "" : ` ${value}`}${repeats ? " ..." : ""}`;
}

function pointer<Asked>(command: Command<Asked>, action?: Action<Asked>): string {
  const isOnly = command.actions.every(({ name }) => name === "");
  if (action !== undefined || isOnly)
    return `\`${called(command, action)} --help\` explains the arguments and options.`;
  return `\`${command.invocation} <command> --help\` explains its arguments and options.`;
}

function called<Asked>({ invocation }: Command<Asked>, action?: Action<Asked>): string {
  return action === undefined || action.name === "" ? invocation : `${invocation} ${action.name}`;
}
