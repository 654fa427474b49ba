/**
 * The Serverless plugin of the local stack. `serverless offline start` runs the functions; before it does, this boots
 * what they talk to. On any other command it does nothing.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ERROR_NAME_FOOTER } from "./lambda-errors.ts";
import { LocalStackError } from "./ports.ts";
import { type Serverless, setCustom } from "./service.ts";
import { forgetForeignAwsVariables, type StackSettings, stackSettings, withDotEnv } from "./settings.ts";
import { bootStack, type Stack } from "./stack.ts";
import { ERROR_MARK, READY_LINE } from "./stack-output.ts";

const BUNDLES = ".esbuild";

/** A change to any of these reloads the functions. */
const WATCHED = ["functions/**/*.{ts,html,txt,css,js}", "lib/**/*.ts", "generated/**/*.ts"];

export default class LocalStackPlugin {
  readonly #serverless: Serverless;
  readonly #bundleFolder = join(BUNDLES, String(process.pid));
  #stack: Stack | undefined;

  readonly hooks = {
    initialize: () => this.#configureBundles(),
    "before:offline:start:init": () => this.#boot(),
    "after:offline:start:init": () => this.#ready(),
    "before:offline:start:end": () => this.#close(),
  };

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
  }

  async #boot(): Promise<void> {
    const { provider } = this.#serverless.service;
    forgetForeignAwsVariables(process.env);
    try {
      const settings = stackSettings(withDotEnv(process.env, this.#serverless.serviceDir), {
        stage: provider.stage ?? "dev",
        region: provider.region ?? "us-east-1",
      });
      this.#configureOtherPlugins(settings);
      this.#stack = await bootStack(this.#serverless, settings, print);
    } catch (error) {
      if (!(error instanceof LocalStackError)) throw error;
      // The framework would print a stack trace, and the emulators' threads would outlive it.
      for (const line of error.message.split("\n")) process.stderr.write(`${ERROR_MARK}${line}\n`);
      process.exit(1);
    }
  }

  /** serverless-esbuild reads its section once, at the beginning. A deployed bundle stays as it is. */
  #configureBundles(): void {
    if (this.#serverless.processedInput.commands[0] !== "offline") return;
    setCustom(this.#serverless, "esbuild", {
      // Two stacks at once (a test while one is up) must not overwrite each other's bundles.
      outputWorkFolder: this.#bundleFolder,
      footer: { js: ERROR_NAME_FOOTER },
      watch: { pattern: WATCHED, ignore: [".esbuild", "node_modules"], chokidar: { ignoreInitial: true } },
    });
  }

  /** The settings that only this stack knows, and those it needs; serverless.yml stays free of them. */
  #configureOtherPlugins({ ports }: StackSettings): void {
    setCustom(this.#serverless, "serverless-offline", {
      host: "127.0.0.1",
      httpPort: ports.PORT,
      lambdaPort: ports.LAMBDA_PORT,
      noPrependStageInUrl: true,
      noSponsor: true,
      // serverless-esbuild drops the running functions when a file changes; a worker per call would only be slow.
      reloadHandler: false,
    });
  }

  #ready(): void {
    this.#stack?.startDelivery();
    print(READY_LINE);
  }

  async #close(): Promise<void> {
    await this.#stack?.close();
    this.#stack = undefined;
    await rm(join(this.#serverless.serviceDir, this.#bundleFolder), { recursive: true, force: true });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
