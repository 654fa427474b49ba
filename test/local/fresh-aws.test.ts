/** What one test file leaves in the emulators that it shares with the next one. */
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "@jest/globals";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import * as given from "../steps/given.ts";

async function queueNames(endpoint: string): Promise<string[]> {
  const sqs = new SQSClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  sqs.destroy();
  return QueueUrls.map((url) => url.split("/").at(-1) ?? "").sort();
}

describe("given a file whose resources have the names of a stage, and which does not use them", () => {
  it("the next file, whose resources have short names, finds its own ones only", async () => {
    await given.startedAws(given.DEPLOYED_NAMES);
    const { endpoints } = await given.startedAws();
    const names = await queueNames(endpoints.sqs);
    expect(names).toContain("invoice");
    expect(names.filter((name) => name.startsWith("contractspec"))).toEqual([]);
  });

  it("a file that did not use its resources leaves them to the next one with the same names", async () => {
    const { endpoints } = await given.startedAws();
    expect((await given.startedAws()).endpoints).toEqual(endpoints);
    await queueNames(endpoints.sqs);
    expect((await given.startedAws()).endpoints.sqs).not.toBe(endpoints.sqs);
  });
});
