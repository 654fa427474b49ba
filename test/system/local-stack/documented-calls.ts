/** The calls of the API that README.md and `npm start` print work as they are printed. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { stackSettings } from "../../../local/settings.ts";
import { welcome } from "../../../scripts/start/welcome.ts";
import { ports, urls } from "./shared-stack.ts";

async function curl(command: string): Promise<Record<string, unknown>> {
  const here = command
    .replace("curl ", "curl --fail-with-body ")
    .replace("localhost:3000", new URL(urls().api).host);
  const { stdout } = await promisify(execFile)("bash", ["-c", here]);
  return JSON.parse(stdout);
}

describe("given the commands to paste", () => {
  it("README.md's creates a customer", async () => {
    const [, command = ""] =
      /```sh\n(curl -s localhost:3000.*?)```/s.exec(readFileSync("README.md", "utf8")) ?? [];
    expect(await curl(command)).toMatchObject({ customerId: expect.stringMatching(/^cus_/) });
  });

  it("that of npm start starts the workflow", async () => {
    const settings = stackSettings(ports, { stage: "dev", region: "us-east-1" });
    const [command = ""] = /^curl .*$/m.exec(welcome(urls(), settings, {})) ?? [];
    expect(await curl(command)).toMatchObject({ workflowId: "process-payment", status: "running" });
  });
});
