/** Runs the emulator until it gets SIGINT or SIGTERM: `npm run stripe-emulator`. Exits with 2 when it cannot start. */
import { CommandLineError, helpText, readCommandLine } from "./command-line.ts";
import type { EmulatorOptions } from "./emulator/emulator.ts";

const PARENT_CHECK_MILLISECONDS = 250;
/** Taken before the server is loaded, which takes a moment in which the parent may end. */
const parent = process.ppid;
const { npm_lifecycle_event: npmScript, INIT_CWD: typedIn } = process.env;
const runByNpm = npmScript === "stripe-emulator";

async function run(options: EmulatorOptions): Promise<void> {
  const { startStripeEmulator } = await import("./http/server.ts");
  const emulator = await startStripeEmulator({ ...options, log: (line) => console.log(line) });
  let isClosing = false;
  const close = async () => {
    // Ctrl-C arrives twice: from the terminal and from npm.
    if (isClosing) return;
    isClosing = true;
    await emulator.close().catch((error: unknown) => fail(`The emulator did not stop cleanly: ${error}`));
    process.exit();
  };
  process.on("SIGINT", close).on("SIGTERM", close);
  if (runByNpm) onceOrphaned(close);
  const receiver = options.webhookUrl ?? "no webhook URL (set one with --webhook-url)";
  console.log(`Stripe emulator on ${emulator.url}, events to ${receiver}. Ctrl-C stops it.`);
}

/** npm sends SIGTERM to its shell, which does not pass it on; the shell's death is all that this process notices. */
function onceOrphaned(action: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid !== parent) action();
  }, PARENT_CHECK_MILLISECONDS);
  timer.unref();
}

function startProblem(error: unknown, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return `Port ${port} is taken, perhaps by another emulator. Stop that one, or choose another port with --port or STRIPE_EMULATOR_PORT.`;
  }
  if (code === "EACCES") {
    return `This user may not listen on port ${port}. Choose a port above 1023 with --port or STRIPE_EMULATOR_PORT.`;
  }
  return error instanceof Error ? error.message : String(error);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

try {
  // npm changes the folder; a path on the command line is relative to where it was typed.
  const folder = runByNpm && typedIn ? typedIn : process.cwd();
  const options = readCommandLine(process.argv.slice(2), process.env, folder);
  if (options === "help") console.log(helpText());
  else await run(options).catch((error: unknown) => fail(startProblem(error, options.port)));
} catch (error) {
  if (!(error instanceof CommandLineError)) throw error;
  fail(error.message);
}
