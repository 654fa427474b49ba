/** The options of the command that starts the emulator. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { EmulatorOptions } from "./emulator/emulator.ts";
import { present } from "./present.ts";

const MAX_PORT = 65_535;

/** One option: on the command line it wins over the environment variable, and that over the default. */
interface Option {
  /** What its value is called in the help. */
  readonly value: string;
  readonly variable: string;
  readonly default?: string;
  readonly about: string;
}

export const OPTIONS = {
  port: {
    value: "number",
    variable: "STRIPE_EMULATOR_PORT",
    default: "12111",
    about: "The port to listen on, on 127.0.0.1. 0 takes a free one.",
  },
  "webhook-url": {
    value: "url",
    variable: "STRIPE_WEBHOOK_URL",
    about: "Where events are delivered. By default only webhook endpoints made through the API get any.",
  },
  "webhook-secret": {
    value: "secret",
    variable: "STRIPE_WEBHOOK_SECRET",
    default: "whsec_local",
    about: "Signs deliveries to the webhook URL. Several, separated by commas, each sign: for a rotation.",
  },
  "state-file": {
    value: "file",
    variable: "STRIPE_EMULATOR_STATE",
    about: "Keeps all objects, events and deliveries across restarts. By default they are lost.",
  },
} as const satisfies Readonly<Record<string, Option>>;

type OptionName = keyof typeof OPTIONS;

/** The command line or the environment is wrong; the message says which option and what would be right. */
export class CommandLineError extends Error {
  override name = "CommandLineError";
}

/**
 * Reads the arguments after the script's name. Returns `"help"` when they ask for it. Relative state files are relative to
 * `folder`. Throws a CommandLineError.
 */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): EmulatorOptions | "help" {
  const given = parse(args);
  if (given.help) return "help";
  const settingOf = (name: OptionName): { text: string; source: string } | undefined => {
    const option: Option = OPTIONS[name];
    const argument = given.values[name];
    if (argument !== undefined) return { text: argument, source: `--${name}` };
    // A variable that is set to nothing counts as not set.
    const text = environment[option.variable] || option.default;
    return text === undefined ? undefined : { text, source: option.variable };
  };
  const url = settingOf("webhook-url");
  const file = settingOf("state-file");
  return {
    port: portFrom(settingOf("port")),
    ...present({
      webhookUrl: url && webhookUrlFrom(url),
      webhookSecrets: secretsFrom(settingOf("webhook-secret")),
      stateFile: file && resolve(folder, file.text),
    }),
  };
}

/** What `--help` prints. */
export function helpText(): string {
  const rows = Object.entries<Option>(OPTIONS).map(([name, option]) => {
    const fallback = option.default === undefined ? "" : ` Default ${option.default}.`;
    return `  --${name} <${option.value}>\n      ${option.about}${fallback}\n      Environment: ${option.variable}`;
  });
  return `Starts a local stand-in for Stripe's API.

Usage: npm run stripe-emulator -- [options]

${rows.join("\n")}
  --help
      Shows this text.

Ctrl-C stops it. stripe-emulator/README.md describes what it can do.`;
}

function parse(args: readonly string[]): { help: boolean; values: Partial<Record<OptionName, string>> } {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: text,
        "webhook-url": text,
        "webhook-secret": text,
        "state-file": text,
        help: { type: "boolean", short: "h" },
      },
    });
    const { help = false, ...others } = values;
    return { help, values: others };
  } catch (error) {
    // Node's message continues with advice about its own API.
    const [problem] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new CommandLineError(`${problem}. --help lists the options.`);
  }
}

function portFrom(given: { text: string; source: string } | undefined): number {
  const port = /^\d{1,5}$/.test(given?.text ?? "") ? Number(given?.text) : Number.NaN;
  if (port <= MAX_PORT) return port;
  throw new CommandLineError(
    `${given?.source}: expected a port from 0 to ${MAX_PORT}, got "${given?.text}".`,
  );
}

function webhookUrlFrom({ text, source }: { text: string; source: string }): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CommandLineError(`${source}: expected an http or https URL, got "${text}".`);
}

/** The message never shows a secret. */
function secretsFrom(given: { text: string; source: string } | undefined): string[] {
  const secrets = (given?.text ?? "").split(",").map((secret) => secret.trim());
  if (secrets.every((secret) => secret !== "")) return secrets;
  throw new CommandLineError(`${given?.source}: expected secrets separated by commas; one of them is empty.`);
}
