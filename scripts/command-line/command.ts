/** The declaration of an operator's command. Parsing, checks, `--help` and exit codes are derived from it. */
import type { Arguments } from "./arguments.ts";

/**
 * The result of a command that could do its work: exit status 0 or 1. A command that could not throws: exit status 2.
 */
export type Verdict = "nothing wrong" | "something wrong";

/** The target of a command: the deployed stage, or the running local stack when `stage` is not set. */
export interface Target {
  readonly stage?: string;
  /** By default that of the stage: resources/stage-region.ts. */
  readonly region?: string;
}

export interface OptionSpec {
  readonly about: string;
  /** The placeholder for the value in usage lines: `<time>`. An option without it is a flag. */
  readonly value?: string;
  /** Whether it can be given several times. */
  readonly repeats?: true;
}

export interface PositionalSpec {
  /** Shown in usage lines in angle brackets. */
  readonly name: string;
  readonly about: string;
  readonly isOptional?: true;
  /** Only for the last positional. */
  readonly repeats?: true;
}

/** The circumstances of a call, for reading arguments and for running. */
export interface Circumstances {
  readonly now: Date;
  readonly target: Target;
}

export interface Action<Asked> {
  /** The words that select it: `list`, `webhook create`. Empty for the only action of a command. */
  readonly name: string;
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly positionals?: readonly PositionalSpec[];
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Reads the request. Throws a Problem (`misused`, `invalidField`) that says what would be right. No I/O. */
  readonly read: (given: Arguments, circumstances: Circumstances) => Asked;
}

export interface Command<Asked> {
  /** The command line up to the arguments: `npm run events --`. */
  readonly invocation: string;
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly actions: readonly Action<Asked>[];
  /** Whether it talks to AWS: then every action takes --stage and --region. */
  readonly takesTarget?: true;
  /** Sentences at the end of `--help`. */
  readonly notes?: readonly string[];
}
