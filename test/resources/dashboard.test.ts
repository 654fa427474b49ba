/** The dashboard, as it follows from what is declared. test/system/package.test.ts looks at it in the package. */
import { globSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { METRICS_NAMESPACE } from "../../lib/metrics.ts";
import { fieldOf, fieldsOf, listOf } from "../../lib/untrusted.ts";
import { readQuery } from "../../local/logs/query.ts";
import { alarms } from "../../resources/alarms.ts";
import { functionId } from "../../resources/cloudformation.ts";
import { type Declared, dashboard, dashboardWidgets } from "../../resources/dashboard/dashboard.ts";
import { insightsUrl } from "../../resources/dashboard/insights-link.ts";
import type { PlacedWidget } from "../../resources/dashboard/widgets.ts";
import { eventQueues, queueId } from "../../resources/event-queues.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { referencesIn } from "../../resources/nested-stack.ts";
import { statesOfWorkflows } from "../../resources/state-machines.ts";
import { TABLES, tableId } from "../../resources/tables.ts";
import { readPrices } from "../../scripts/cost/prices.ts";
import { loadProject } from "../../scripts/generate/load-project.ts";

let declared: Declared;
let widgets: PlacedWidget[];
beforeAll(() => {
  const definitions = functionDefinitions(loadProject().contracts);
  const all = { ...alarms(definitions).Resources, ...eventQueues.Resources };
  const alarmIds = Object.keys(all).filter((id) => all[id]?.Type === "AWS::CloudWatch::Alarm");
  declared = {
    definitions,
    workflows: statesOfWorkflows(),
    alarmIds,
    prices: readPrices(),
    region: "us-east-1",
  };
  widgets = dashboardWidgets(declared);
});

interface ShownMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

function metricsOf({ properties }: PlacedWidget): ShownMetric[] {
  return listOf(properties.metrics).flatMap((line) => {
    const texts = listOf(line).filter((part) => typeof part === "string");
    const [namespace, name, ...dimensions] = texts;
    if (namespace === undefined || name === undefined) return [];
    const pairs = dimensions.flatMap((part, index) =>
      index % 2 === 0 ? [[part, dimensions[index + 1] ?? ""]] : [],
    );
    return [{ namespace, name, dimensions: Object.fromEntries(pairs) }];
  });
}
const allMetrics = () => widgets.flatMap(metricsOf);

/** The metrics that AWS has with these dimensions, from its documentation. */
const OF_AWS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "AWS/Lambda": { FunctionName: ["Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"] },
  "AWS/SQS": {
    QueueName: [
      "ApproximateAgeOfOldestMessage",
      "ApproximateNumberOfMessagesVisible",
      "NumberOfMessagesSent",
      "NumberOfMessagesReceived",
      "NumberOfMessagesDeleted",
      "NumberOfEmptyReceives",
    ],
  },
  "AWS/DynamoDB": { TableName: ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"] },
  "AWS/States": {
    StateMachineArn: ["ExecutionsStarted", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionTime"],
  },
  "AWS/ApiGateway": {
    ApiId: ["4xx", "5xx", "Count", "Latency"],
    "ApiId,Stage,Method,Resource": ["5xx", "Count"],
  },
  "AWS/SES": {
    "ses:configuration-set": ["Delivery", "Bounce", "Complaint", "Reject"],
    "": ["Reputation.BounceRate", "Reputation.ComplaintRate"],
  },
  "AWS/Logs": { LogGroupName: ["IncomingBytes"] },
};

describe("given the dashboard", () => {
  it("every metric of AWS exists with its dimensions", () => {
    const unknown = allMetrics().filter(
      ({ namespace, name, dimensions }) =>
        namespace !== METRICS_NAMESPACE &&
        !OF_AWS[namespace]?.[Object.keys(dimensions).join()]?.includes(name),
    );
    expect(unknown).toEqual([]);
    expect(allMetrics().length).toBeGreaterThan(300);
  });

  it("every metric of our own is of the whole stage, and some code counts it so", () => {
    const own = allMetrics().filter(({ namespace }) => namespace === METRICS_NAMESPACE);
    const sources = globSync("{lib,functions}/**/*.ts").map((file) => readFileSync(file, "utf8"));
    const counts = (name: string) => (source: string) =>
      new RegExp(`values:\\s*\\{[^}]*\\b${name}\\b`).test(source) && source.includes('["stage"]');
    for (const { name, dimensions } of own) {
      expect(Object.keys(dimensions)).toEqual(["stage"]);
      expect([name, sources.some(counts(name))]).toEqual([name, true]);
    }
    expect(own.length).toBeGreaterThan(8);
  });

  it("every function, queue, table and workflow is on it, and nothing that is not declared", () => {
    const variables = JSON.stringify(widgets).matchAll(/\$\{(\w+)(?:\.\w+)?\}/g);
    const shown = new Set([...variables].map(([, id]) => id));
    for (const { name } of declared.definitions) expect(shown).toContain(functionId(name));
    for (const queue of CONSUMED_QUEUES) expect(shown).toContain(queueId(queue));
    for (const table of TABLES) expect(shown).toContain(tableId(table));
    for (const id of declared.alarmIds) expect(shown).toContain(id);
    for (const { workflowId } of declared.workflows)
      expect(JSON.stringify(widgets)).toContain(`-${workflowId}"`);
  });

  it("a function that is added is on it by itself", () => {
    const [first] = declared.definitions;
    if (first === undefined) throw new Error("No function is declared");
    const added = { ...first, name: "stripe-new-thing" };
    const after = JSON.stringify(
      dashboardWidgets({ ...declared, definitions: [...declared.definitions, added] }),
    );
    expect(after).toContain("StripeDashnewDashthingLambdaFunction");
    expect(JSON.stringify(widgets)).not.toContain("StripeDashnewDashthingLambdaFunction");
  });

  it("no widget overlaps another, and all are on the grid", () => {
    const cells = new Set<string>();
    for (const { x, y, width, height } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1)
        for (let row = y; row < y + height; row += 1) {
          expect(cells.has(`${column},${row}`)).toBe(false);
          cells.add(`${column},${row}`);
        }
    }
  });

  it("it keeps CloudWatch's limits: 500 metrics and 100 alarms in a widget, 50 log groups in a query", () => {
    for (const { properties } of widgets) {
      expect(listOf(properties.metrics).length).toBeLessThanOrEqual(500);
      expect(listOf(properties.alarms).length).toBeLessThanOrEqual(100);
      const sources = [...String(properties.query ?? "").matchAll(/SOURCE '/g)].length;
      const linked = String(properties.markdown ?? "")
        .split("](")
        .map((link) => [...link.matchAll(/\*2faws\*2flambda\*2f/g)].length);
      expect(Math.max(sources, ...linked)).toBeLessThanOrEqual(50);
    }
  });

  it("each formula names metrics of its own widget", () => {
    for (const { properties } of widgets) {
      const last = listOf(properties.metrics).map((line) => fieldsOf(listOf(line).at(-1)));
      const ids = last.flatMap(({ id }) => (typeof id === "string" ? [id] : []));
      expect(new Set(ids).size).toBe(ids.length);
      for (const { expression } of last) {
        if (typeof expression !== "string") continue;
        const prefixes = [...expression.matchAll(/METRICS\("(\w+)"\)/g)].map(([, prefix = ""]) => prefix);
        // METRICS("x") are the metrics whose id contains x: no other id may contain it.
        for (const prefix of prefixes) {
          const chosen = ids.filter((id) => id.includes(prefix));
          expect(chosen.filter((id) => !new RegExp(`^${prefix}\\d+$`).test(id))).toEqual([]);
          expect(chosen.length).toBeGreaterThan(0);
        }
        const names = expression.replaceAll(/"\w+"/g, "").match(/\b[a-z]\w*/g) ?? [];
        expect(names.filter((name) => !ids.includes(name))).toEqual([]);
      }
    }
  });

  it("its log queries are queries, over logs of functions", () => {
    const logs = widgets.filter(({ type }) => type === "log");
    expect(logs.length).toBeGreaterThan(0);
    for (const { properties } of logs) {
      const parts = String(properties.query).split(" | ");
      const query = parts.filter((part) => !part.startsWith("SOURCE ")).join(" | ");
      expect(() => readQuery(query)).not.toThrow();
      expect(parts.filter((part) => part.startsWith("SOURCE "))[0]).toMatch(
        /^SOURCE '\/aws\/lambda\/\$\{\w+\}'$/,
      );
    }
  });

  it("CloudFormation gets it as one text, whose name has the stage and the region", () => {
    const { Dashboard } = dashboard(declared).Resources;
    const body = fieldOf(Dashboard?.Properties.DashboardBody, "Fn::Sub");
    expect(listOf(fieldOf(JSON.parse(String(body)), "widgets"))).toHaveLength(widgets.length);
    expect(fieldOf(Dashboard?.Properties.DashboardName, "Fn::Sub")).toMatch(/-\$\{AWS::Region\}$/);
    expect(referencesIn(Dashboard).length).toBeGreaterThan(100);
  });

  it("the daily cost has the prices of the stage's region, or says whose it has", () => {
    const titleIn = (region: string) =>
      String(dashboardWidgets({ ...declared, region }).at(-1)?.properties.title);
    expect(titleIn("eu-central-1")).toContain("prices of eu-central-1)");
    expect(titleIn("sa-east-1")).toContain("prices of us-east-1, for want of others)");
  });
});

describe("given a link to a query", () => {
  it("it is the console's own form of the query", () => {
    const url = insightsUrl('filter a = "b c"', ["/aws/lambda/x", `/aws/lambda/\${Y}`]);
    expect(url).toBe(
      `https://\${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=\${AWS::Region}#logsV2:logs-insights$3FqueryDetail$3D` +
        "$257E$2528end$257E0$257Estart$257E-3600$257EtimeType$257E$2527RELATIVE$257Eunit$257E$2527seconds" +
        "$257EeditorString$257E$2527filter*20a*20*3d*20*22b*20c*22" +
        `$257Esource$257E$2528$257E$2527*2faws*2flambda*2fx$257E$2527*2faws*2flambda*2f\${Y}$2529$2529`,
    );
  });
});
