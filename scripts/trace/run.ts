/** Runs `npm run trace`. */
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { frameTracer } from "../../local/trace-frames.ts";
import type { Verdict } from "../command-line/command.ts";
import type { TraceAsked } from "./command.ts";

export async function runTrace({ file }: TraceAsked): Promise<Verdict> {
  const given = file === undefined ? await readAll(process.stdin) : await readFile(file, "utf8");
  const { text, frames, found } = await frameTracer(process.cwd())(given);
  console.log(text.replace(/\n$/, ""));
  if (frames > 0 && found === frames) return "nothing wrong";
  console.error(
    frames === 0
      ? "The text has no place in a bundle, such as generated/handlers/send-email.cjs:1:2345."
      : `The sources have ${found} of ${frames} places. Is this the commit that is deployed?`,
  );
  return "something wrong";
}
