/** Says which permission is missing when AWS refuses a call. Pure. */
import { asProblem, Problem } from "../../../lib/errors.ts";

const DENIED = /AccessDenied|Unauthorized|NotAuthorized/;
/** As every service of AWS words it. */
const WORDS = /not authorized to perform:? ([\w-]+:\w+)(?: on resource:? (\S+))?/;
/** Longer chains of causes do not happen. */
const DEEPEST = 8;

/** The refusal as FORBIDDEN with the name of the permission; anything else as the Problem that it is. */
export function explained(thrown: unknown): Problem {
  const problem = asProblem(thrown);
  let cause: unknown = thrown;
  for (let depth = 0; depth < DEEPEST && cause instanceof Error; depth += 1, cause = cause.cause) {
    const [, action, resource] = WORDS.exec(cause.message) ?? [];
    if (action === undefined && !DENIED.test(cause.name)) continue;
    const where = resource === undefined ? "" : ` on ${resource}`;
    return new Problem(
      "FORBIDDEN",
      action === undefined
        ? `${problem.message}: this shell's identity may not do that (${cause.name})`
        : `This shell's identity lacks the permission ${action}${where}. The view "What this shell may read" says what works without it`,
      { cause: thrown },
    );
  }
  return problem;
}
