/** A command line that makes no sense. */
import { Problem } from "../../lib/errors.ts";

/** `what`: a sentence without its full stop. The usage is added to it where the command line is read. */
export function misused(what: string): Problem {
  return new Problem("BAD_REQUEST", what);
}
