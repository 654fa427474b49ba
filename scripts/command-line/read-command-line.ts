/** Checks the words of a command line against the declaration of the command. No I/O, no clock. */
import { parseArgs } from "node:util";
import { nearest, suggestion } from "../../lib/contract/suggestion.ts";
import { Problem } from "../../lib/errors.ts";
import { singleWord } from "../../lib/scrub.ts";
import { Arguments } from "./arguments.ts";
import type { Action, Command, OptionSpec, Target } from "./command.ts";
import { actionHelp, commandHelp, usageOfAction, usageOfCommand } from "./help.ts";
import { misused } from "./misuse.ts";
import { HELP_OPTION, optionsOf } from "./options-of.ts";
import { readTarget } from "./target-options.ts";

export type CommandLine<Asked> =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "run"; readonly asked: Asked; readonly target: Target };

/** Throws a Problem that says what is wrong, what would be right, and how the command is used. */
export function readCommandLine<Asked>(
  command: Command<Asked>,
  words: readonly string[],
  now: Date,
): CommandLine<Asked> {
  const { optionTokens, positionals } = tokensOf(command, words);
  const action = withUsage(usageOfCommand(command), () => actionNamed(command, positionals, optionTokens));
  if (action === undefined) return { kind: "help", text: commandHelp(command) };
  return withUsage(usageOfAction(command, action), () => {
    const own = positionals.slice(wordsIn(action.name).length);
    const options = checkedOptions(command, action, optionTokens);
    if (options.has("help")) return { kind: "help", text: actionHelp(command, action) };
    checkPositionals(action, own);
    const given = new Arguments(own, options);
    const target = command.takesTarget ? readTarget(given) : {};
    return { kind: "run", asked: action.read(given, { now, target }), target };
  });
}

interface OptionToken {
  readonly name: string;
  /** As the caller wrote it: `--name`. */
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** The words as options and positionals. A later check decides whether the action has these options. */
function tokensOf<Asked>(
  command: Command<Asked>,
  words: readonly string[],
): { readonly optionTokens: readonly OptionToken[]; readonly positionals: readonly string[] } {
  const specs = command.actions.flatMap((action) => Object.entries(optionsOf(command, action)));
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(
        specs.map(
          ([name, { value }]) => [name, { type: value === undefined ? "boolean" : "string" }] as const,
        ),
      ),
      help: { type: "boolean", short: "h" },
    },
  });
  return {
    optionTokens: tokens.flatMap((token) => (token.kind === "option" ? [token] : [])),
    positionals: tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : [])),
  };
}

/** The action that the first words select; undefined when the caller asks for help about all actions. */
function actionNamed<Asked>(
  command: Command<Asked>,
  positionals: readonly string[],
  optionTokens: readonly OptionToken[],
): Action<Asked> | undefined {
  const chosen = command.actions.find(({ name }) =>
    wordsIn(name).every((word, index) => positionals[index] === word),
  );
  if (chosen !== undefined) return chosen;
  if (optionTokens.some(({ name }) => name === "help")) return undefined;
  const known = command.actions.map(({ name }) => name);
  if (positionals.length === 0) {
    const [strange] = optionTokens;
    if (strange !== undefined) throw misused(`Name a command before ${singleWord(strange.rawName)}`);
    throw misused(`Name a command: ${known.join(", ")}`);
  }
  throw misused(unknownCommand(positionals, known));
}

function unknownCommand(positionals: readonly string[], known: readonly string[]): string {
  const lengths = [...new Set(known.map((name) => wordsIn(name).length))].sort();
  const written = lengths.map((length) => positionals.slice(0, length));
  // A command of two words is compared with the first two words.
  const meant = written.find((words) => nearest(words.join(" "), known) !== undefined);
  const words = meant ?? written.at(-1) ?? [];
  return `Unknown command "${words.map(singleWord).join(" ")}"${suggestion(words.join(" "), known)}`;
}

const wordsIn = (name: string) => name.split(" ").filter((word) => word !== "");

/** The values of the options that were given. Throws a Problem for an option that the action does not have. */
function checkedOptions<Asked>(
  command: Command<Asked>,
  action: Action<Asked>,
  tokens: readonly OptionToken[],
): Map<string, readonly string[]> {
  const specs = new Map([...Object.entries(optionsOf(command, action)), ["help", HELP_OPTION] as const]);
  const found = new Map<string, readonly string[]>();
  for (const token of tokens) {
    const { name } = token;
    const spec = specs.get(name);
    if (spec === undefined) throw misused(unknownOption(action, token, [...specs.keys()]));
    const value = optionValue(token, spec);
    const before = found.get(name);
    if (before !== undefined && value !== undefined && !spec.repeats)
      throw misused(`--${name} can be given only once`);
    found.set(name, value === undefined ? [] : [...(before ?? []), value]);
  }
  return found;
}

/** Undefined for a flag. */
function optionValue({ name, value, inlineValue }: OptionToken, spec: OptionSpec): string | undefined {
  if (spec.value === undefined) {
    if (value !== undefined) throw misused(`--${name} takes no value`);
    return undefined;
  }
  // A word that starts like an option is an option, unless it is joined with an equals sign.
  const isMissing = value === undefined || value === "" || (value.startsWith("-") && !inlineValue);
  if (isMissing) throw misused(`--${name} needs a value: --${name} ${spec.value}`);
  return value;
}

function unknownOption<Asked>(
  { name: actionName }: Action<Asked>,
  { name, rawName }: OptionToken,
  known: readonly string[],
): string {
  const near = nearest(name, known);
  const hint =
    near === undefined
      ? `; known: ${known.map((option) => `--${option}`).join(", ")}`
      : `; did you mean --${near}?`;
  const subject = actionName === "" ? "Unknown option" : `${actionName} has no option`;
  return `${subject} ${singleWord(rawName)}${hint}`;
}

function checkPositionals<Asked>(action: Action<Asked>, own: readonly string[]): void {
  const specs = action.positionals ?? [];
  const subject = action.name === "" ? "This command" : action.name;
  const missing = specs.find(({ isOptional }, index) => !isOptional && own[index] === undefined);
  if (missing !== undefined) throw misused(`${subject} needs <${missing.name}>, ${missing.about}`);
  if (own.length > specs.length && !specs.at(-1)?.repeats)
    throw misused(
      specs.length === 0 ? `${subject} takes no arguments` : `${subject} takes no further arguments`,
    );
}

/** Returns the result of `read`, and adds the usage to the message of a Problem that `read` throws. */
function withUsage<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const mistakes =
      thrown.issues.length > 1
        ? thrown.issues.map(({ path, message }) => `${path} ${message}`).join("\n")
        : thrown.message;
    throw new Problem(thrown.code, `${mistakes}\n\n${usage}`, { cause: thrown.cause });
  }
}
