/** Runs the local stack in its own process, for `npm start`, `npm run demo` and the end-to-end tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type Environment, LocalStackError } from "./ports.ts";
import { LOCALSTACK_MAILS } from "./sent-mails.ts";
import { type StackSettings, stackSettings, withDotEnv } from "./settings.ts";
import { ERROR_MARK, READY_LINE } from "./stack-output.ts";

/** The URLs of the parts, without a trailing slash. A part that is not embedded has none. */
export interface StackUrls {
  readonly api: string;
  readonly lambda: string;
  readonly stepFunctions: string;
  readonly dynamodb: string;
  readonly sqs: string;
  /** The embedded mailbox, or LocalStack's list of sent mails. */
  readonly mailbox: string;
  /** The page that shows the API and calls it. */
  readonly apiReference: string;
  readonly stripeEmulator?: string;
}

export interface RunningStack {
  readonly urls: StackUrls;
  readonly settings: StackSettings;
  /** The pid of the stack's process. */
  readonly pid: number;
  /** Resolves with the exit code once the process has ended, by itself or because of `stop`. */
  readonly ended: Promise<number>;
  /** Ends the process and waits for it. */
  stop(): Promise<void>;
}

export interface StartStackOptions {
  /** Overrides `process.env`, which overrides .env. */
  readonly env?: Environment;
  /** Called with every line that the process prints. */
  readonly onLine?: (line: string) => void;
  /** The folder of serverless.yml. Default: this project. */
  readonly directory?: string;
}

const PROJECT = join(import.meta.dirname, "..");
const READY_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 10_000;
const OUTPUT_WITHIN_MS = 2_000;
const LAST_LINES = 20;

/**
 * Starts the stack and waits until `GET /api/health` succeeds. Rejects with a LocalStackError that says why it does
 * not.
 */
export async function startStack(options: StartStackOptions = {}): Promise<RunningStack> {
  const directory = options.directory ?? PROJECT;
  const environment = { ...process.env, ...options.env };
  const withFile = withDotEnv(environment, directory);
  const settings = stackSettings(withFile, { stage: "dev", region: withFile.AWS_REGION ?? "us-east-1" });
  const child = spawnFramework(directory, environment);
  const ended = once(child, "exit").then(([code]) => (typeof code === "number" ? code : 1));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const endWithParent = () => child.kill("SIGTERM");
  process.once("exit", endWithParent);

  const lines: string[] = [];
  // Kept apart: a program that ends can print any number of lines after its reasons.
  const reasons: string[] = [];
  const stop = async () => {
    process.removeListener("exit", endWithParent);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    }
  };
  try {
    await Promise.race([
      readyLine(child, (line) => {
        if (line.startsWith(ERROR_MARK)) reasons.push(line.slice(ERROR_MARK.length));
        lines.push(line);
        if (lines.length > LAST_LINES) lines.shift();
        options.onLine?.(line);
      }),
      ended.then(async (code) => {
        // The last lines can arrive after the end, unless a child of the process keeps its output open.
        await Promise.race([closed, afterMs(OUTPUT_WITHIN_MS)]);
        throw new LocalStackError(reasonOf(reasons, lines, code));
      }),
      afterMs(READY_WITHIN_MS).then(() => {
        throw new LocalStackError(
          `The local stack was not ready after ${READY_WITHIN_MS / 1_000} s:\n${lines.join("\n")}`,
        );
      }),
    ]);
    await healthy(settings.apiUrl);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: urlsOf(settings), settings, pid: child.pid ?? 0, ended, stop };
}

/** Runs the framework's own program with the current Node, without a shell in between. */
function spawnFramework(directory: string, environment: Environment): ChildProcess {
  const manifest = createRequire(join(PROJECT, "package.json")).resolve("serverless/package.json");
  const program = join(dirname(manifest), "bin", "serverless.js");
  return spawn(process.execPath, [program, "offline", "start"], {
    cwd: directory,
    env: {
      // Functions run in many threads, which share what one of them has compiled.
      NODE_COMPILE_CACHE: join(PROJECT, ".local/compile-cache"),
      ...environment,
      PATH: `${join(PROJECT, "node_modules", ".bin")}:${environment.PATH ?? ""}`,
      NODE_NO_WARNINGS: "1",
      // The framework must not report anything about a laptop.
      SLS_TELEMETRY_DISABLED: "1",
      SLS_NOTIFICATIONS_MODE: "off",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function readyLine(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        onLine(line);
        if (line === READY_LINE) resolve();
      });
    }
  });
}

function reasonOf(reasons: readonly string[], lines: readonly string[], code: number): string {
  return reasons.length > 0
    ? reasons.join("\n")
    : `The local stack ended with exit code ${code}:\n${lines.join("\n")}`;
}

async function healthy(apiUrl: string): Promise<void> {
  const response = await fetch(`${apiUrl}/api/health`);
  if (!response.ok) {
    throw new LocalStackError(
      `${apiUrl}/api/health responded with ${response.status}: ${await response.text()}`,
    );
  }
}

/** The addresses of a stack with these settings. */
export function urlsOf(settings: StackSettings): StackUrls {
  return {
    api: settings.apiUrl,
    lambda: settings.lambdaUrl,
    stepFunctions: settings.stepFunctionsUrl,
    dynamodb: settings.endpoints.dynamodb,
    sqs: settings.endpoints.sqs,
    mailbox: settings.embedsAws ? settings.endpoints.ses : `${settings.endpoints.ses}${LOCALSTACK_MAILS}`,
    apiReference: settings.apiReferenceUrl,
    ...(settings.embedsStripe ? { stripeEmulator: settings.stripeEmulatorUrl } : {}),
  };
}

function afterMs(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
