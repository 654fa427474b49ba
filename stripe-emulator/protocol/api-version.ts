/** The API version of all objects, and by default of all events: that of the installed SDK. */
export const API_VERSION = "2026-10-28.endive";

/** Such as `2025-03-31.basil`, or `2020-08-27` without a name. */
export function isApiVersion(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(text);
}
