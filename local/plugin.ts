/**
 * The Serverless plugin of the local stack. `serverless offline start` runs the functions; before that, this plugin
 * boots the services they talk to. For a package, it only checks the settings that go into it.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { bundleInOneRun } from "./bundle-functions.ts";
import { deployMistakes, hasSettings, regionMistakeOf, stageMistakes } from "./deploy-checks.ts";
import { assertPortsFree, LocalStackError, portsFrom } from "./ports.ts";
import { type Serverless, setCustom } from "./service.ts";
import { forgetForeignAwsVariables, type StackSettings, stackSettings, withDotEnv } from "./settings.ts";
import { bootStack, type Stack } from "./stack.ts";
import { ERROR_MARK, READY_LINE } from "./stack-output.ts";

const WITHOUT_SETTINGS =
  "This package has no settings, so it cannot be deployed: docs/deploy.md says how to write the settings of a stage.";
const BUNDLES = ".esbuild";
/** For all stacks of this project, a copy of a service in a test included. */
const BUNDLE_CACHE = join(import.meta.dirname, "../.local/bundles");
const FAILURE_CHECK_MS = 100;

/** A change to any of these reloads the functions. */
const WATCHED = ["functions/**/*.{ts,css,js}", "lib/**/*.ts", "generated/**/*.{ts,js}"];

export default class LocalStackPlugin {
  readonly #serverless: Serverless;
  #bundles = "";
  #settings: StackSettings | undefined;
  #failureWatch: NodeJS.Timeout | undefined;
  #stack: Stack | undefined;

  readonly hooks = {
    initialize: () => this.#initialize(),
    // This hook also covers `serverless deploy`, which packages first.
    "before:package:initialize": () => this.#checkPackage(),
    // A deployment of a package that was made before, and of a single function.
    "before:deploy:deploy": () => this.#checkPackage(),
    "before:deploy:function:initialize": () => this.#checkPackage(),
    "before:offline:start:init": () => this.#prepare(),
    // Runs before serverless-offline's own step, because this plugin is listed first, and after serverless-esbuild's:
    // if a bundle cannot be built, nothing is left running.
    "offline:start:init": () => this.#boot(),
    "after:offline:start:init": () => this.#ready(),
    "before:offline:start:end": () => this.#close(),
  };

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
  }

  async #initialize(): Promise<void> {
    await orExit(async () => this.#configureBundles());
    // These commands change nothing in AWS.
    if (["offline", "print"].includes(this.#command)) return;
    await this.#refuse([regionMistakeOf(this.#serverless, process.env)]);
  }

  get #command(): string {
    return this.#serverless.processedInput.commands[0] ?? "";
  }

  async #checkPackage(): Promise<void> {
    const ofStage = stageMistakes(this.#serverless, process.env);
    const others = deployMistakes(this.#serverless);
    await this.#refuse([
      ...ofStage,
      // The text of a mistake in the stage's file also says in which line it is.
      ...others.filter((mistake) => !ofStage.some((text) => text.endsWith(mistake))),
    ]);
    if (!hasSettings(this.#serverless)) print(WITHOUT_SETTINGS);
  }

  async #refuse(found: readonly (string | undefined)[]): Promise<void> {
    const mistakes = [...new Set(found.filter((mistake) => mistake !== undefined))];
    await orExit(async () => {
      if (mistakes.length > 0) throw new LocalStackError(mistakes.join("\n"));
    });
  }

  async #prepare(): Promise<void> {
    // A failed command only sets the exit code, and then waits for the builder that serverless-esbuild leaves running.
    this.#failureWatch = setInterval(() => {
      if (process.exitCode !== undefined && process.exitCode !== 0) process.exit();
    }, FAILURE_CHECK_MS).unref();
    const { provider } = this.#serverless.service;
    forgetForeignAwsVariables(process.env);
    await orExit(async () => {
      const settings = stackSettings(withDotEnv(process.env, this.#serverless.serviceDir), {
        stage: provider.stage ?? "dev",
        region: provider.region ?? "us-east-1",
      });
      await assertPortsFree(settings.ports, settings.portsInUse);
      this.#configureOffline(settings);
      this.#settings = settings;
    });
  }

  async #boot(): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined) return;
    await orExit(async () => {
      this.#stack = await bootStack(this.#serverless, settings, print);
    });
  }

  /**
   * serverless-esbuild reads its section once, at the beginning. A command empties its work folder when it ends, so two
   * concurrent commands, such as a package made while a stack is up, must not share one. That of a stack is named by its port: Node
   * finds what it has compiled before by the path.
   */
  #configureBundles(): void {
    const { serviceDir } = this.#serverless;
    const isLocal = this.#command === "offline";
    const port = () => portsFrom(withDotEnv(process.env, serviceDir)).PORT;
    const folder = join(BUNDLES, isLocal ? `port-${port()}` : String(process.pid));
    this.#bundles = join(serviceDir, folder);
    if (!isLocal) this.#removeBundlesAtExit();
    setCustom(this.#serverless, "esbuild", {
      outputWorkFolder: folder,
      ...(isLocal
        ? {
            watch: {
              pattern: WATCHED,
              ignore: [".esbuild", "node_modules"],
              chokidar: { ignoreInitial: true },
            },
          }
        : {}),
    });
    bundleInOneRun(this.#serverless, isLocal ? BUNDLE_CACHE : undefined);
  }

  #removeBundlesAtExit(): void {
    process.once("exit", () => rmSync(this.#bundles, { recursive: true, force: true }));
  }

  /** The settings that only the local stack knows or needs; serverless.yml stays free of them. */
  #configureOffline({ ports }: StackSettings): void {
    setCustom(this.#serverless, "serverless-offline", {
      host: "127.0.0.1",
      httpPort: ports.PORT,
      lambdaPort: ports.LAMBDA_PORT,
      noPrependStageInUrl: true,
      noSponsor: true,
    });
  }

  async #ready(): Promise<void> {
    clearInterval(this.#failureWatch);
    // Not before: a stack that cannot start, because another one has its port, must not take that one's bundles with it.
    this.#removeBundlesAtExit();
    const settings = this.#settings;
    if (settings !== undefined) {
      await orExit(async () => {
        const { guardApi } = await import("./serverless-offline.ts");
        guardApi(this.#serverless, settings.apiGuard, print);
      });
    }
    this.#stack?.startDelivery();
    print(READY_LINE);
  }

  async #close(): Promise<void> {
    await this.#stack?.close();
    this.#stack = undefined;
  }
}

/** Exits with 1 when `step` fails: the framework would wait for threads and servers that are already up. */
async function orExit(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    const message =
      error instanceof LocalStackError
        ? error.message
        : error instanceof Error
          ? `${error.stack}`
          : String(error);
    for (const line of message.split("\n")) process.stderr.write(`${ERROR_MARK}${line}\n`);
    process.exit(1);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
