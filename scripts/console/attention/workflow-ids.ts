import { readdirSync } from "node:fs";

/** The ids of the project's workflows: each is the name of its file. */
export function workflowIds(): string[] {
  return readdirSync("workflows").flatMap((name) => /^(.+)\.yml$/.exec(name)?.[1] ?? []);
}
