/** How AWS names an error; "" for anything else. */
export function errorName(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

/** The first line of an error's message, without what follows it. */
export function errorText(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split("\n")[0] ?? "";
}
