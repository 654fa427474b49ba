/** Which types of notifications an endpoint gets: `payment.succeeded`, all of `payment.*`, or `*`. Pure. */
import { suggestion } from "../contract/suggestion.ts";
import { invalidField } from "../errors.ts";
import { NOTIFICATION_TYPES } from "../notifications/notification.ts";

export const EVERY_TYPE = "*";

/** Whether one of the patterns stands for `type`. */
export function matchesType(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => matches(pattern, type));
}

function matches(pattern: string, type: string): boolean {
  if (pattern === EVERY_TYPE || pattern === type) return true;
  return pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1));
}

/** The patterns, each once. Throws VALIDATION_FAILED for one that stands for no type. */
export function checkedPatterns(patterns: readonly string[]): readonly string[] {
  for (const pattern of patterns) {
    if (NOTIFICATION_TYPES.some((type) => matches(pattern, type))) continue;
    const known = [...NOTIFICATION_TYPES, ...NOTIFICATION_TYPES.map((type) => type.replace(/\..*/, ".*"))];
    throw invalidField(
      "types",
      `contains a type that no notification has${suggestion(pattern, [...new Set(known)])}: docs/notifications.md lists all of them`,
    );
  }
  return [...new Set(patterns)];
}
