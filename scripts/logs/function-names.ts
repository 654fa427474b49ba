import { globSync } from "node:fs";

/** The names of all functions, which are those of their folders. */
export const functionNames = (): string[] => [
  ...new Set(globSync("functions/*/{contract.yml,handler.ts}").flatMap((file) => file.split("/")[1] ?? [])),
];
