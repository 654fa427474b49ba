/** What TRACING, ACCESS_LOGS and WORKFLOW_LOGS add to the template, and that nothing is there without them. */
import { describe, expect, it } from "@jest/globals";
import { fieldOf } from "../../lib/untrusted.ts";
import { ACCESS_LOG_FIELDS, accessLog } from "../../resources/access-log.ts";
import { arnOf } from "../../resources/cloudformation.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { functionRoles } from "../../resources/roles.ts";
import { settingSpec } from "../../resources/settings.ts";
import { stateMachines, WORKFLOW_LOGS, workflowLog } from "../../resources/state-machines.ts";
import { contracts } from "../steps/shipped-project.ts";

const DEPLOYMENT = { service: "contractspec-stripe", stage: "prod", region: "eu-central-1" };
const definitions = functionDefinitions(contracts);
const statementsOf = (isTraced: boolean) =>
  Object.values(functionRoles(definitions, DEPLOYMENT, isTraced).Resources).map((role) =>
    fieldOf(role, "Properties", "Policies", "0", "PolicyDocument", "Statement"),
  );
const machines = (observed: Parameters<typeof stateMachines>[0]) =>
  Object.values(stateMachines(observed).stateMachines);

describe("given TRACING", () => {
  it("on, every role may write traces, and nothing more than before", () => {
    const [before, after] = [statementsOf(false), statementsOf(true)];
    const added = {
      Effect: "Allow",
      Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      Resource: ["*"],
    };
    for (const [index, statements] of after.entries())
      expect(statements).toEqual([...(Array.isArray(before[index]) ? before[index] : []), added]);
    expect(JSON.stringify(before)).not.toContain("xray:");
  });

  it("on, every state machine is traced, and off none", () => {
    for (const machine of machines({ isTraced: true }))
      expect(machine.tracingConfig).toEqual({ enabled: true });
    for (const machine of machines({})) expect(machine.tracingConfig).toBeUndefined();
  });
});

describe("given WORKFLOW_LOGS", () => {
  it.each([
    ["errors", "ERROR"],
    ["all", "ALL"],
  ] as const)("%s, every run is logged without its data", (setting, level) => {
    const logged = machines({ level: WORKFLOW_LOGS[setting] });
    expect(logged.length).toBeGreaterThan(3);
    for (const { loggingConfig } of logged)
      expect(loggingConfig).toEqual({
        level,
        includeExecutionData: false,
        destinations: [arnOf("WorkflowLog")],
      });
  });

  it("its group has a retention, and there is none when it is off", () => {
    expect(fieldOf(workflowLog({ level: "ERROR" }), "Resources", "WorkflowLog", "Properties")).toEqual({
      LogGroupName: expect.stringMatching(/^\/aws\/vendedlogs\/states\//),
      RetentionInDays: expect.stringContaining("provider.logRetentionInDays"),
    });
    expect(workflowLog({ level: WORKFLOW_LOGS.off })).toEqual({});
    for (const machine of machines({})) expect(machine).not.toHaveProperty("loggingConfig");
  });
});

describe("given ACCESS_LOGS", () => {
  const settingsOf = (isOn: boolean) =>
    fieldOf(accessLog(isOn), "extensions", "HttpApiStage", "Properties", "AccessLogSettings");

  it("on, each request is a line of JSON in a group with a retention", () => {
    expect(JSON.parse(String(fieldOf(settingsOf(true), "Format")))).toEqual(ACCESS_LOG_FIELDS);
    expect(fieldOf(settingsOf(true), "DestinationArn")).toEqual(arnOf("ApiAccessLog"));
    expect(fieldOf(accessLog(true), "Resources", "ApiAccessLog", "Properties", "RetentionInDays")).toContain(
      "provider.logRetentionInDays",
    );
    expect(accessLog(false)).toEqual({});
  });

  it("no line has a path, a query, an address or a header: the path of the pay page is a secret", () => {
    // Every variable with which a caller's text could get into a line.
    const variables = Object.values(ACCESS_LOG_FIELDS).join(" ");
    expect(variables).not.toMatch(
      /context\.(?:path|protocol|domainName|identity|awsEndpoint|customDomain)|request\.|claims/,
    );
    // The route has the parameter's name in place of the token: GET /pay/{token}.
    expect(ACCESS_LOG_FIELDS.routeKey).toBe("$context.routeKey");
    for (const { routes } of definitions)
      for (const { key } of routes) expect(key).not.toMatch(/\/pay\/(?!\{token\}|assets\/)/);
  });
});

describe("given a value of these settings", () => {
  it.each([
    ["TRACING", "on", "yes"],
    ["ACCESS_LOGS", "off", "true"],
    ["WORKFLOW_LOGS", "errors", "ERROR"],
  ] as const)("%s can be %s, and %s is refused with what is right", (name, right, wrong) => {
    expect(settingSpec(name).mistake?.(right, "prod")).toBeUndefined();
    expect(settingSpec(name).mistake?.(wrong, "prod")).toMatch(new RegExp(`^${name} must be one of `));
  });
});
