/** The console of a deployed stage: an AWS account on this machine, whose tables are those of a local stack. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { fieldOf, listOf } from "../../../lib/untrusted.ts";
import { freePorts } from "../../../local/ports.ts";
import { LOCAL_API_KEY } from "../../../local/settings.ts";
import { ARCHIVE_NAME, localArchiveName } from "../../../resources/archive-bucket.ts";
import { localTableName, TABLES, tableNamesParameter } from "../../../resources/tables.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleProcess, startConsoleSite } from "./console-site.ts";

const BUSY_MS = 240_000;
const SERVICE = "contractspec-stripe";
const ARN = "arn:aws:sts::111122223333:assumed-role/support/ada";
const JSON_TYPE = "application/x-amz-json-1.1";

/** SSM and STS as they respond, and CloudWatch Logs as it refuses. */
function account(appSecret: string): Promise<LoopbackServer> {
  const tables = {
    ...Object.fromEntries(TABLES.map((table) => [table, localTableName(table, SERVICE, "dev")])),
    [ARCHIVE_NAME]: localArchiveName(SERVICE, "dev"),
  };
  const parameters: Readonly<Record<string, string>> = {
    [tableNamesParameter(SERVICE, "prod")]: JSON.stringify(tables),
    [`/${SERVICE}/prod/APP_SECRET`]: appSecret,
  };
  return loopbackServer((request, body, response) => {
    const target = String(request.headers["x-amz-target"] ?? "");
    if (target.startsWith("AmazonSSM")) {
      const names: string[] = JSON.parse(body.toString()).Names;
      const Parameters = names.flatMap((Name) =>
        parameters[Name] === undefined ? [] : [{ Name, Type: "SecureString", Value: parameters[Name] }],
      );
      return answerJson(response, 200, { Parameters }, JSON_TYPE);
    }
    if (target.startsWith("Logs")) {
      const message = `User: ${ARN} is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:111122223333:log-group::log-stream: because no identity-based policy allows the logs:DescribeLogGroups action`;
      return answerJson(response, 400, { __type: "AccessDeniedException", message }, JSON_TYPE);
    }
    return response
      .writeHead(200, { "content-type": "text/xml" })
      .end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${ARN}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
  });
}

describe("given the console of the stage prod", () => {
  let site: ConsoleSite;
  let aws: LoopbackServer;
  let served: Awaited<ReturnType<typeof startConsoleProcess>>;
  let page: Page;
  let faults: string[];
  /** Everything that the browser has received. */
  const received: string[] = [];
  beforeAll(async () => {
    site = await startConsoleSite();
    aws = await account(site.stack.settings.functionEnvironment.APP_SECRET ?? "");
    const { dynamodb, sqs } = site.stack.urls;
    served = await startConsoleProcess(
      {
        ...site.environment,
        CONSOLE_PORT: (await freePorts()).CONSOLE_PORT,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
        AWS_ENDPOINT_URL_S3: sqs,
        AWS_ENDPOINT_URL_SQS: sqs,
        AWS_ENDPOINT_URL_SSM: aws.url,
        AWS_ENDPOINT_URL_STS: aws.url,
        AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: aws.url,
      },
      { words: ["--stage", "prod"] },
    );
    ({ page, faults } = await openPage(site.browser));
    page.setDefaultTimeout(BUSY_MS);
    page.on("response", (response) => {
      response.text().then(
        (text) => received.push(text),
        () => undefined,
      );
    });
    await page.goto(served.url);
  }, 2 * BUSY_MS);
  afterAll(async () => {
    await served.stop();
    await aws.close();
    await site.close();
  });

  const home = () => new URL("/console", served.url).href;
  const strip = () => page.getByRole("region", { name: "What this shows" });
  const dialog = () => page.getByRole("dialog");
  const entriesOf = async () => {
    const response = await fetch(`${site.stack.urls.api}/api/audit?resource=access/actions`, {
      headers: { authorization: `Bearer ${LOCAL_API_KEY}` },
    });
    const body: unknown = await response.json();
    return listOf(fieldOf(body, "entries"));
  };

  it("the strip shows the stage, its region and account, and who reads", async () => {
    for (const text of ["Stage prod", "us-east-1", "account 111122223333", ARN, "Reading only"])
      await strip().getByText(text).first().waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  it("what the stage does not have is not in the navigation", async () => {
    await page.getByRole("link", { name: "Time line" }).waitFor();
    expect(await page.getByRole("link", { name: "Time and faults" }).count()).toBe(0);
    await page.goto(`${home()}/time`);
    await page.getByText("A deployed stage lives in real time").waitFor();
  });

  it("a missing permission is named, and the rest works", async () => {
    await page.goto(home());
    await strip().getByRole("link", { name: "What this shell may read" }).click();
    const row = (name: string) => page.getByRole("row").filter({ hasText: name });
    await row("logs:DescribeLogGroups").getByText("missing", { exact: false }).first().waitFor();
    await row("logs:DescribeLogGroups").getByText("lacks the permission logs:DescribeLogGroups").waitFor();
    await row("on APP_SECRET").getByText("granted").waitFor();
    await row("on the audit log").getByText("granted").waitFor();
  });

  it("an action asks for the stage's name; with another one, nothing is done", async () => {
    await page.getByRole("button", { name: "Check that actions work" }).click();
    await dialog().getByLabel("Type its name to confirm").fill("dev");
    await dialog().getByRole("button", { name: "Check that actions work" }).click();
    await dialog().getByText("is not that of the stage prod: nothing was done").waitFor();
    expect(await entriesOf()).toEqual([]);
  });

  it("with the right one it is done, and is in the audit log under the identity of the shell", async () => {
    await dialog().getByLabel("Type its name to confirm").fill("prod");
    await dialog().getByRole("button", { name: "Check that actions work" }).click();
    await page.getByText("Your entry is in the audit log").waitFor();
    expect(await entriesOf()).toMatchObject([
      { eventType: "operator.acted", actor: { id: `operator:${ARN}` }, result: "succeeded" },
    ]);
  });

  it("another user of the machine gets nothing without the link, and nothing done without the name", async () => {
    const without = await fetch(`${home()}/api/access`);
    expect(without.status).toBe(401);
    const wrong = await fetch(`${home()}?key=${"x".repeat(32)}`, { redirect: "manual" });
    expect(wrong.status).toBe(401);
    const cookie = `console=${new URL(served.url).searchParams.get("key")}`;
    const act = (headers: Record<string, string>) =>
      fetch(`${home()}/api/access/actions`, { method: "POST", headers: { cookie, ...headers } });
    expect((await act({})).status).toBe(403);
    expect((await act({ "x-console-change": "1" })).status).toBe(412);
    expect((await act({ "x-console-change": "1", origin: "http://evil.example" })).status).toBe(403);
    expect(await entriesOf()).toHaveLength(1);
  });

  it("a checker of accessibility finds nothing, and at 360 pixels nobody scrolls sideways", async () => {
    await page.getByRole("button", { name: "Check that actions work" }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await scrollsSideways(page)).toBe(false);
    await page.keyboard.press("Escape");
    expect(await scrollsSideways(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("the browser has received no secret of the stage", () => {
    const secret = site.stack.settings.functionEnvironment.APP_SECRET ?? "";
    expect(received.length).toBeGreaterThan(0);
    expect(received.filter((text) => text.includes(secret))).toEqual([]);
  });
});
