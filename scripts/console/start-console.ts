/** Starts the console of a running local stack, or of a deployed stage. */
import { logFileOf } from "../../local/logs/log-file.ts";
import { type StackSettings, stackSettings, withDotEnv } from "../../local/settings.ts";
import type { Target } from "../command-line/command.ts";
import { localTime } from "../local-time.ts";
import { logOf } from "../logs/log-of-target.ts";
import { selectTables, selectTarget, serviceName } from "../target.ts";
import { ROUTES } from "./all-routes.ts";
import { followCloudWatch } from "./journal/follow-cloudwatch.ts";
import { type Following, followLogFile } from "./journal/follow-log-file.ts";
import { followStripeEmulator } from "./journal/follow-stripe-emulator.ts";
import { Journal } from "./journal/journal.ts";
import { buildPage } from "./server/page.ts";
import { type ConsoleServer, serveConsole } from "./server/serve.ts";
import { newSession } from "./server/session.ts";

export interface RunningConsole extends ConsoleServer {
  readonly journal: Journal;
}

export interface ConsoleOptions {
  readonly target: Target;
  /** By default CONSOLE_PORT. */
  readonly port?: number;
  /** The oldest line of a deployed stage's log that is read; by default of an hour ago. */
  readonly since?: Date;
}

const HOUR_MS = 3_600_000;

/** Changes the environment of this process, as every operator's command does. Throws CONFLICT if the port is taken. */
export async function startConsole({ target, port, since }: ConsoleOptions): Promise<RunningConsole> {
  const local = target.stage === undefined ? localSettings() : undefined;
  // Messages that are signed with the secret of another stage, from this shell, would be refused.
  if (target.stage !== undefined) delete process.env.APP_SECRET;
  selectTarget(target, ["STRIPE_SECRET_KEY", "APP_SECRET"]);
  await selectTables(target);
  const journal = new Journal();
  const followings =
    local === undefined
      ? [followStage(target, since ?? new Date(Date.now() - HOUR_MS), journal)]
      : followLocalStack(local, journal);
  const server = await serveConsole({
    port: port ?? localSettings().ports.CONSOLE_PORT,
    page: await buildPage(),
    routes: ROUTES,
    ...(local === undefined ? { session: newSession() } : {}),
    context: { target, local, journal, now: local === undefined ? async () => new Date() : localTime },
  });
  return {
    url: server.url,
    journal,
    close: async () => {
      for (const following of followings) following.stop();
      await server.close();
    },
  };
}

function followStage(target: Target, since: Date, journal: Journal): Following {
  const prefix = `${serviceName()}-${target.stage}-`;
  return followCloudWatch({ open: () => logOf(target), prefix, since }, journal);
}

function followLocalStack(
  { ports, embedsStripe, stripeEmulatorUrl }: StackSettings,
  journal: Journal,
): Following[] {
  const prefix = `${serviceName()}-dev-`;
  const file = logFileOf(process.cwd(), ports.PORT);
  return [
    followLogFile(file, { prefix, hasStripeRequests: !embedsStripe }, journal),
    ...(embedsStripe ? [followStripeEmulator(stripeEmulatorUrl, journal)] : []),
  ];
}

function localSettings(): StackSettings {
  const environment = withDotEnv(process.env, process.cwd());
  return stackSettings(environment, { stage: "dev", region: environment.AWS_REGION || "us-east-1" });
}
