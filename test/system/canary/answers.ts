/** The responses and printed lines that are searched, and the canaries that they can contain. */
import type { Kind, Written } from "./canaries.ts";
import { CUSTOMER, INTENT, SUBSCRIPTION } from "./capability-calls.ts";
import type { Answer } from "./driven-stack.ts";

/** A successful response contains its caller's own data. */
function mayHold({ path, status }: Answer): readonly Kind[] {
  if (status !== 200) return [];
  // The creator of a payment or a subscription gets the link to its pay page.
  if (path.startsWith(INTENT) || path.startsWith(SUBSCRIPTION)) return ["client secret", "pay token"];
  if (path.startsWith("/pay/")) return ["client secret"];
  return path.startsWith(CUSTOMER) ? ["personal"] : [];
}

export const answersWritten = (answers: readonly Answer[]): Written[] =>
  answers.map((answer) => ({
    source: `the ${answer.status} response to ${answer.what}`,
    text: `${JSON.stringify([...answer.headers])} ${answer.text}`,
    mayHold: mayHold(answer),
  }));

/**
 * serverless-offline prints the path of every request. Nothing in a deployment does, because the stages' access log is
 * off. Such a line contains only the path, and `npm start` does not show it.
 */
const REQUEST_LINE = /^(?:GET|POST|Running Authorization function for (?:get|post)) \S+ \(λ: [\w-]+\)$/;

export const linesWritten = (printed: readonly string[]): Written[] =>
  printed
    .filter((line) => line !== "" && !REQUEST_LINE.test(line))
    .map((text) => ({ source: "a line", text }));
