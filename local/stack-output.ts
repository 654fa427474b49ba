/**
 * The output of the stack's process: the lines that other processes look for, and the noise that readers do not need.
 */

/** Printed once, when every part is ready. */
export const READY_LINE = "The local stack is ready.";

/** Starts each line that says why the stack did not start. */
export const ERROR_MARK = "error: ";

/** What serverless-offline prints about itself: banners, route tables, a line before and after every call. */
const NOISE = [
  /^\s*$/,
  /^Starting Offline at stage /,
  /^Offline \[http for lambda\]/,
  /^Function names exposed /,
  /^ {3}\* [\w-]+: [\w-]+$/,
  /^[┌│└]/,
  /^Server ready: /,
  /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) \S+ \(λ: /,
  /^(Configuring|Running) Authorization/,
  /^Redirecting authorizer function: /,
  /^Authorization function returned a (successful|valid)/,
  /^\(λ: [\w-]+\) RequestId: /,
];

/** Whether the line is useful to a person who runs the stack. */
export function isWorthShowing(line: string): boolean {
  return line !== READY_LINE && !NOISE.some((pattern) => pattern.test(line));
}
