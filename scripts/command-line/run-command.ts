/**
 * Runs a command. The exit status is 0 when nothing is wrong, 1 when the command found something wrong, and 2 when it
 * could not do its work: a wrong command line, no stack, no credentials, an unexpected exception.
 */
import { localTime } from "../local-time.ts";
import { showProgress } from "../progress-line.ts";
import type { Circumstances, Command, Target, Verdict } from "./command.ts";
import { describeFailure } from "./failure.ts";
import { readCommandLine } from "./read-command-line.ts";

export type ExitStatus = 0 | 1 | 2;

/** Runs a command whose command line has been read. */
export type Run<Asked> = (asked: Asked, circumstances: Circumstances) => Promise<Verdict> | Verdict;

/** Never rejects: errors are printed on standard error. `now` is the time of the command's target. */
export async function runCommand<Asked>(
  command: Command<Asked>,
  run: Run<Asked>,
  words: readonly string[],
  now = new Date(),
): Promise<ExitStatus> {
  let target: Target = {};
  try {
    const line = readCommandLine(command, words, now);
    if (line.kind === "help") {
      console.log(line.text);
      return 0;
    }
    target = line.target;
    return (await run(line.asked, { now, target })) === "nothing wrong" ? 0 : 1;
  } catch (thrown) {
    showProgress("");
    console.error(describeFailure(thrown, target, process.env));
    return 2;
  }
}

/** Runs the command of this process. */
export async function runMain<Asked>(command: Command<Asked>, run: Run<Asked>): Promise<void> {
  // A reader such as `head` can end before the command does.
  process.stdout.on("error", (error) => {
    if ("code" in error && error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.once("uncaughtException", (thrown) => {
    console.error(describeFailure(thrown, {}, process.env));
    process.exit(2);
  });
  const words = process.argv.slice(2);
  const isLocal = command.takesTarget && !words.some((word) => /^--stage\b/.test(word));
  process.exitCode = await runCommand(command, run, words, isLocal ? await localTime() : new Date());
}
