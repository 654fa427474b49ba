/**
 * Drives the repair of events, by commands and by scheduled functions: an event that never arrived is found, and others
 * are listed, shown and compared.
 */
import { DeleteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createInvoker } from "../../../local/lambda/invoke-client.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";
import { CARD_SPELLINGS, PERSON } from "./canaries.ts";
import { PERSONAL_METADATA } from "./capability-calls.ts";
import type { DrivenStack } from "./driven-stack.ts";

const TEN_MINUTES = 600;

export async function driveRepairs({ stack, client, command }: DrivenStack): Promise<void> {
  await client.control("POST", "events", {
    ...{ id: "evt_canaryLost", type: "payment_intent.succeeded", deliver: false },
    created: Math.floor(Date.now() / 1000) - TEN_MINUTES,
    object: {
      ...{ id: "pi_canaryLost", object: "payment_intent", status: "succeeded", description: PERSON.note },
      ...{ receipt_email: PERSON.email, metadata: PERSONAL_METADATA },
    },
  });
  const inTurn = async (...commands: readonly (readonly string[])[]) => {
    for (const words of commands) await command("events", words);
  };
  await Promise.all([
    // One after the other, because each command hides the dead-letter queues' messages while it runs.
    inTurn(["list", "--dead"], ["show", "evt_canary3"], ["redrive", "--dry-run"]),
    inTurn(["reconcile", "--since", "1h"], ["list"], ["replay", "--object", "pi_canaryLost"], ["drift"]),
    inTurn(
      [PERSON.name],
      ["list", "--object", PERSON.phone, "--since", PERSON.name, "--type", CARD_SPELLINGS[0]],
      ["redrive", PERSON.address],
    ),
  ]);
  await client.recordedState("pi_canaryLost", () => true);
  const invoke = createInvoker({ endpoint: stack.urls.lambda, region: stack.settings.region });
  // The schedule's run of this hour could have begun today's walk before the object was recorded.
  const dynamodb = new DynamoDBClient({
    endpoint: stack.urls.dynamodb,
    region: stack.settings.region,
    credentials: LOCAL_CREDENTIALS,
  });
  await dynamodb.send(
    new DeleteItemCommand({
      TableName: "contractspec-stripe-dev-repair-progress",
      Key: { task: { S: "check-drift" } },
    }),
  );
  dynamodb.destroy();
  // The drift check reports a difference when it finds it for the second time.
  for (const name of ["reconcile-events", "check-drift", "check-drift"]) {
    await invoke(`contractspec-stripe-dev-${name}`, {});
  }
}
