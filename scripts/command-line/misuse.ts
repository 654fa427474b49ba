/** A command line that makes no sense. */
import { Problem } from "../../lib/errors.ts";

/** `what`: a sentence without its full stop. The reader of the command line adds the usage to it. */
export function misused(what: string): Problem {
  return new Problem("BAD_REQUEST", what);
}
