import { expect, it } from "@jest/globals";
import { executionChanges } from "../../local/execution-changes.ts";
import { failedInvocation } from "../../local/lambda/invocation.ts";
import { executionListeners, type Serverless } from "../../local/service.ts";
import { waitFor } from "../../local/stack-client.ts";

it("a report is delivered to every listener, at most three times to one that fails", async () => {
  const calls: string[] = [];
  const changes = executionChanges(
    ["sound", "broken", "passing"],
    async (name) => {
      calls.push(name);
      const isSecond = calls.filter((call) => call === name).length === 2;
      if (name === "sound" || (name === "passing" && isSecond)) return { outcome: "answered", payload: null };
      return failedInvocation("Error", "not now");
    },
    1,
  );
  changes.deliver({});
  await waitFor("every try", async () => calls.length === 6 || undefined);
  expect(calls.toSorted()).toEqual(["broken", "broken", "broken", "passing", "passing", "sound"]);
  await changes.close();
});

it("the functions that listen are those with a rule for Step Functions' reports", () => {
  const listener = (source: string) => ({ events: [{ eventBridge: { pattern: { source: [source] } } }] });
  const functions = {
    recorder: { name: "shop-dev-recorder", ...listener("aws.states") },
    other: { name: "shop-dev-other", ...listener("aws.s3") },
    plain: { name: "shop-dev-plain", events: [{ schedule: { rate: "rate(1 hour)" } }] },
  };
  const serverless: Serverless = {
    ...{ serviceDir: ".", configurationInput: {}, processedInput: { commands: [] } },
    service: { service: "shop", provider: {}, functions },
    pluginManager: { plugins: [] },
  };
  expect(executionListeners(serverless)).toEqual(["shop-dev-recorder"]);
});
