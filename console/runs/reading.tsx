/** Says that something is being read, until it is there or has failed. */
import type { Loaded } from "../server.ts";

export function Reading({ value, problem }: Pick<Loaded<unknown>, "value" | "problem">) {
  return value === undefined && problem === undefined ? <p class="empty">Reading …</p> : null;
}
