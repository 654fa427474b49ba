/** What a command of an operator is declared with. Parsing, checks, `--help` and exit codes come from it. */
import type { Arguments } from "./arguments.ts";

/** How a command that could do its work ended: exit status 0 or 1. One that could not throws: exit status 2. */
export type Verdict = "nothing wrong" | "something wrong";

/** Where a command works: on the running local stack when `stage` is left out, else on that deployed stage. */
export interface Target {
  readonly stage?: string;
  /** By default AWS_REGION, then us-east-1, as in serverless.yml. */
  readonly region?: string;
}

export interface OptionSpec {
  readonly about: string;
  /** What stands for the value in usage lines: `<time>`. An option without it is a flag. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly repeats?: true;
}

export interface PositionalSpec {
  /** As usage lines show it, in angle brackets. */
  readonly name: string;
  readonly about: string;
  readonly isOptional?: true;
  /** Only the last one. */
  readonly repeats?: true;
}

/** What an action may need to read its arguments. */
export interface Circumstances {
  readonly now: Date;
  readonly target: Target;
}

export interface Action<Asked> {
  /** The words that choose it: `list`, `webhook create`. Empty for the only action of a command. */
  readonly name: string;
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly positionals?: readonly PositionalSpec[];
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** What is asked for. Throws a Problem (`misused`, `invalidField`) that says what would be right. No I/O. */
  readonly read: (given: Arguments, circumstances: Circumstances) => Asked;
}

export interface Command<Asked> {
  /** How it is called, up to its arguments: `npm run events --`. */
  readonly invocation: string;
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly actions: readonly Action<Asked>[];
  /** Whether it talks to AWS: then every action takes --stage and --region. */
  readonly takesTarget?: true;
  /** Sentences at the end of `--help`. */
  readonly notes?: readonly string[];
}
