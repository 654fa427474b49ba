/** `npm start`: the local stack, until Ctrl-C. */
import { rm } from "node:fs/promises";
import { forgetLog, logFileOf } from "../local/logs/log-file.ts";
import { assertPortsFree, LocalStackError, portsFrom } from "../local/ports.ts";
import { readableLog } from "../local/readable-log.ts";
import { stateFolderIn, withDotEnv } from "../local/settings.ts";
import { isWorthShowing } from "../local/stack-output.ts";
import { type RunningStack, startStack } from "../local/stack-process.ts";
import { assertNotInUse } from "../local/state-folder.ts";
import { frameTracer } from "../local/trace-frames.ts";
import type { Verdict } from "./command-line/command.ts";
import { runMain } from "./command-line/run-command.ts";
import { type RunningConsole, startConsole } from "./console/start-console.ts";
import { type StartAsked, startCommand } from "./start/command.ts";
import { welcome } from "./start/welcome.ts";

/** Relative to the project. Everything in .local/ is ignored by git. */
const DEFAULT_STATE_FOLDER = ".local/state";

async function runStart({ fresh, json }: StartAsked): Promise<Verdict> {
  const folder = withDotEnv(process.env, process.cwd()).LOCAL_STATE_FOLDER?.trim() || DEFAULT_STATE_FOLDER;
  const kept = stateFolderIn({ LOCAL_STATE_FOLDER: folder });
  if (fresh && kept !== undefined) {
    assertNotInUse(kept);
    await rm(kept, { recursive: true, force: true });
    forgetLog(logFileOf(process.cwd(), portsFrom(withDotEnv(process.env, process.cwd())).PORT));
  }
  let stack: RunningStack | undefined;
  let served: RunningConsole | undefined;
  let isStopping = false;
  // The terminal sends Ctrl-C to the stack's process, too. This process waits for it, and stops it after a plain kill.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isStopping = true;
      void stack?.stop();
    });
  }
  const readable = readableLog((line) => console.log(line));
  const trace = frameTracer(process.cwd());
  // One after another, so that the lines stay in order while a map is made.
  let shown: Promise<void> = Promise.resolve();
  const show = (line: string) => {
    shown = shown
      .then(async () => (line.includes(".cjs:") ? (await trace(line)).text : line))
      .then((traced) => readable.line(traced))
      .catch(() => readable.line(line));
  };
  console.log("Starting the local stack ...");
  await assertPortsFree(portsFrom(withDotEnv(process.env, process.cwd())), ["CONSOLE_PORT"]);
  try {
    stack = await startStack({
      env: { LOCAL_STATE_FOLDER: folder },
      onLine: (line) => {
        if (!json) show(line);
        else if (isWorthShowing(line)) console.log(line);
      },
    });
    const environment = withDotEnv(process.env, process.cwd());
    served = await startConsole({ target: {} });
    console.log(welcome(stack.urls, stack.settings, environment));
    const code = await stack.ended;
    if (code !== 0) throw new LocalStackError(`The local stack ended with exit status ${code}`);
  } catch (thrown) {
    if (!isStopping) throw thrown;
  } finally {
    await served?.close();
  }
  return "nothing wrong";
}

await runMain(startCommand, runStart);
