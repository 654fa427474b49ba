/** The stage of the drill: a local stack of its own, which knows its secrets from SSM and Stripe only by an endpoint, as a deployed one does. */
import { freePorts } from "../../local/ports.ts";
import { startStack } from "../../local/stack-process.ts";
import { threePlaces } from "../demo-saas/three-places.ts";
import { startParameterStore } from "./parameter-store.ts";
import type { Stage } from "./play.ts";
import { copyProject } from "./project-copy.ts";
import { Scene } from "./scene.ts";
import { stageAlarms } from "./stage-alarms.ts";
import { Watch } from "./watch.ts";
import { APP_SECRET, createEndpoint, STRIPE_KEY, WEBHOOK_SECRET } from "./webhook.ts";

export interface OpenStage extends Stage {
  /** The folder from which the stack runs. */
  readonly directory: string;
  /** In which commands find the stack. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Rejects with a LocalStackError if the stack does not start, or another stage is open. */
export async function openStage(): Promise<OpenStage> {
  const project = copyProject();
  const closing: (() => Promise<unknown> | unknown)[] = [() => project.close()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const watch = new Watch();
    const parameters = await startParameterStore({
      [STRIPE_KEY]: "sk_test_local",
      [APP_SECRET]: "app-secret-of-the-drill",
      [WEBHOOK_SECRET]: "whsec_of_nobody",
    });
    closing.push(() => parameters.close());
    const environment = {
      ...(await freePorts()),
      STRIPE_SECRET_KEY: "sk_test_local",
      LOCAL_SSM_URL: parameters.url,
      LOCAL_STATE_FOLDER: "none",
      DUPLICATE_SUBSCRIPTIONS: "cancel",
      NODE_OPTIONS: "",
    };
    const stack = await startStack({
      directory: project.directory,
      env: environment,
      onLine: (line) => watch.line(line),
    });
    closing.push(() => stack.stop());
    watch.begin(stack);
    closing.push(() => watch.end());
    const places = await threePlaces(stack);
    closing.push(() => places.close());
    const scene = new Scene({ stack, watch, parameters, project, environment });
    // From here on, Stripe knows the webhook only as an endpoint with a secret of its own, as that of a deployed stage.
    await scene.control("DELETE", "webhook-url");
    parameters.put(WEBHOOK_SECRET, await createEndpoint(scene));
    const alarms = stageAlarms({
      service: "contractspec-stripe",
      stage: "dev",
      region: stack.settings.region,
    });
    return { scene, alarms, places, directory: project.directory, environment, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
