/**
 * `npm run drill`: plays incidents on a local stack of its own. Each must raise its alarm, as the template defines it, by the
 * metrics that the stack really produces; its cause must be found by the queries and commands of docs/operations.md, and it
 * must be repaired. Exit status 1 if one of these fails, 2 if the stack does not start.
 */
import { freePorts } from "../local/ports.ts";
import { startStack } from "../local/stack-process.ts";
import type { Verdict } from "./command-line/command.ts";
import { runMain } from "./command-line/run-command.ts";
import { threePlaces } from "./demo-saas/three-places.ts";
import { type DrillAsked, drillCommand } from "./drill/command.ts";
import { startParameterStore } from "./drill/parameter-store.ts";
import { playIncident, type Result, resultTable } from "./drill/play.ts";
import { copyProject } from "./drill/project-copy.ts";
import { Scene } from "./drill/scene.ts";
import { stageAlarms } from "./drill/stage-alarms.ts";
import { Watch } from "./drill/watch.ts";
import { APP_SECRET, createEndpoint, STRIPE_KEY, WEBHOOK_SECRET } from "./drill/webhook.ts";

async function runDrill({ incidents }: DrillAsked): Promise<Verdict> {
  const startedAt = Date.now();
  console.error("Starting the local stack ...");
  const project = copyProject();
  const watch = new Watch();
  const parameters = await startParameterStore({
    [STRIPE_KEY]: "sk_test_local",
    [APP_SECRET]: "app-secret-of-the-drill",
    [WEBHOOK_SECRET]: "whsec_of_nobody",
  });
  const environment = {
    ...(await freePorts()),
    STRIPE_SECRET_KEY: "sk_test_local",
    LOCAL_SSM_URL: parameters.url,
    LOCAL_STATE_FOLDER: "none",
    DUPLICATE_SUBSCRIPTIONS: "cancel",
    NODE_OPTIONS: "",
  };
  try {
    const stack = await startStack({
      directory: project.directory,
      env: environment,
      onLine: (line) => watch.line(line),
    });
    watch.begin(stack);
    const places = await threePlaces(stack);
    try {
      const scene = new Scene({ stack, watch, parameters, project, environment });
      // From here on, Stripe knows the webhook only as an endpoint with a secret of its own, as that of a deployed stage.
      await scene.control("DELETE", "webhook-url");
      parameters.put(WEBHOOK_SECRET, await createEndpoint(scene));
      const alarms = stageAlarms({
        service: "contractspec-stripe",
        stage: "dev",
        region: stack.settings.region,
      });
      const results: Result[] = [];
      for (const [index, incident] of incidents.entries())
        results.push(
          await playIncident({ scene, alarms, places }, incident, `${index + 1}/${incidents.length}`),
        );
      const isGood = results.every(({ alarmed, found, repaired }) => alarmed && found && repaired);
      console.log(`\n${resultTable(results)}\n`);
      console.log(
        `${results.length} incidents in ${Math.round((Date.now() - startedAt) / 1000)} s: ${isGood ? "each was alarmed, found and repaired" : "NOT each was alarmed, found and repaired"}.`,
      );
      return isGood ? "nothing wrong" : "something wrong";
    } finally {
      places.close();
      watch.end();
      await stack.stop();
    }
  } finally {
    await parameters.close();
    project.close();
  }
}

await runMain(drillCommand, runDrill);
