/** The command line of `npm run trace`. No I/O. */
import { present } from "../../lib/present.ts";
import type { Command } from "../command-line/command.ts";

export interface TraceAsked {
  /** By default standard input. */
  readonly file?: string;
}

export const traceCommand: Command<TraceAsked> = {
  invocation: "npm run trace --",
  summary: "Names the files and lines of our sources in the stack traces of functions",
  actions: [
    {
      name: "",
      summary: "Prints a text with the places in bundles replaced by those in the sources",
      positionals: [
        {
          name: "file",
          about: "with a stack trace or log lines; by default standard input",
          isOptional: true,
        },
      ],
      read: (given) => present({ file: given.positionals[0] }),
    },
  ],
  notes: [
    "The places are right if this checkout is the commit that is deployed.",
    "Exits with 1 if the text has no place in a bundle, or one that the sources of this checkout do not have.",
  ],
};
