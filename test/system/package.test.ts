/** Checks the CloudFormation package that would be deployed, made without an AWS account and without network. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { MOST_DELIVERIES } from "../../lib/events/redelivery.ts";
import { METRICS_NAMESPACE, type MetricName } from "../../lib/metrics.ts";
import { fieldsOf } from "../../lib/untrusted.ts";
import { alarms } from "../../resources/alarms.ts";
import { ARCHIVE_BUCKET, ARCHIVE_NAME } from "../../resources/archive-bucket.ts";
import { arnOf, functionId, logGroupId, roleId } from "../../resources/cloudformation.ts";
import { eventQueues, queueId } from "../../resources/event-queues.ts";
import { consumedQueue, functionDefinitions } from "../../resources/functions.ts";
import type { GrantName } from "../../resources/grants.ts";
import { ALARMS_STACK, ALARMS_TEMPLATE } from "../../resources/package-plugin.ts";
import { TABLES, tableId, tableNamesParameter, tableVariable } from "../../resources/tables.ts";
import { templateMistakes } from "../../resources/template-mistakes.ts";
import { stageThrottles } from "../../resources/throttles.ts";
import { WATCHED_ALARMS } from "../../scripts/deploy/watched-alarms.ts";
import { bundleNeeds, type Needs } from "../../scripts/generate/functions/bundle-needs.ts";
import { loadProject } from "../../scripts/generate/load-project.ts";

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Record<string, unknown>;
}

interface PackagedTemplate {
  readonly Resources: Record<string, Resource>;
  readonly Parameters: Record<string, unknown>;
}

const FOLDER = ".local/package-test";
const REGION = "us-east-1";
let template: PackagedTemplate;
let alarmsTemplate: PackagedTemplate;
/** Of both templates. */
let resources: Record<string, Resource>;

async function serverless(words: readonly string[], environment: Record<string, string> = {}) {
  // With this umask, files get other permissions than on most machines.
  const child = spawn("sh", ["-c", 'umask 077; exec serverless "$@"', "sh", ...words], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_PROFILE: "",
      AWS_REGION: "",
      AWS_DEFAULT_REGION: "",
      AWS_CONFIG_FILE: "none",
      NODE_OPTIONS: "",
      ...environment,
    },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    output.stdout += String(data);
  });
  child.stderr.on("data", (data) => {
    output.stderr += String(data);
  });
  const [status] = await once(child, "close");
  return { status, ...output };
}

beforeAll(async () => {
  const { status, stdout, stderr } = await serverless(["package", "--package", FOLDER]);
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  template = JSON.parse(readFileSync(`${FOLDER}/cloudformation-template-update-stack.json`, "utf8"));
  alarmsTemplate = JSON.parse(readFileSync(`${FOLDER}/${ALARMS_TEMPLATE}`, "utf8"));
  resources = { ...template.Resources, ...resourcesOfAlarms() };
});

/** The resources of the nested stack, as if they were in the stack outside. */
function resourcesOfAlarms(): Record<string, Resource> {
  const passed = fieldsOf(template.Resources[ALARMS_STACK]?.Properties.Parameters);
  const { Parameters, Resources } = alarmsTemplate;
  expect(Object.keys(passed).sort()).toEqual(Object.keys(Parameters).sort());
  return JSON.parse(
    JSON.stringify(Resources).replaceAll(/\{"Ref":"(\w+)"\}/g, (whole, name: string) =>
      passed[name] === undefined ? whole : JSON.stringify(passed[name]),
    ),
  );
}
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const ofType = (type: string) => Object.values(resources).filter((resource) => resource.Type === type);
const text = (value: unknown) => JSON.stringify(value);

const roleOf = (name: string): Resource | undefined => resources[roleId(name)];

interface RoleStatement {
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
}
function statementsOf(role: Resource | undefined): RoleStatement[] {
  const policies: { PolicyDocument: { Statement: RoleStatement[] } }[] = JSON.parse(
    text(role?.Properties.Policies ?? []),
  );
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

const DEFINITIONS = functionDefinitions(loadProject().contracts);
const FUNCTIONS = DEFINITIONS.map(({ name }) => name);
/** The names of the functions that use one of these grants. */
const using = (...grants: GrantName[]) =>
  DEFINITIONS.filter(({ uses }) => grants.some((grant) => uses.includes(grant))).map(({ name }) => name);
/** The names of the functions whose role allows the action. */
const allowed = (action: string) =>
  FUNCTIONS.filter((name) => text(roleOf(name)?.Properties.Policies ?? []).includes(`"${action}"`));

/** The names of what statements with such an action are about. */
function named(statements: readonly RoleStatement[], action: string, pattern: RegExp): string[] {
  const about = statements.filter(({ Action }) => Action.some((allowed) => allowed.startsWith(action)));
  const found = about.flatMap(({ Resource }) => [...text(Resource).matchAll(pattern)]);
  return [...new Set(found.map(([, name = ""]) => name))].sort();
}

/** What the function's role must allow, from its code and from what Lambda itself does for it. */
function roleNeeds(name: string, needs: Needs | undefined) {
  const { actions = new Set(), secrets = new Set(), variables = new Set() } = needs ?? {};
  const queue = consumedQueue(name);
  const all = [
    ...["logs:CreateLogStream", "logs:PutLogEvents"],
    ...(queue === undefined ? [] : ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
    ...[...actions].filter((action) => action !== "ssm:GetParameters"),
    ...(secrets.size === 0 ? [] : ["ssm:GetParameters"]),
  ];
  return {
    name,
    actions: all.sort(),
    tables: TABLES.filter((table) => variables.has(tableVariable(table)))
      .map((table) => tableId(table).replace(/Table$/, ""))
      .sort(),
    received: queue === undefined ? [] : [queueId(queue).replace(/EventsQueue$/, "")],
    logs: [logGroupId(name)],
  };
}

/** Whether the alarm watches the queue with this name. */
function watches({ Properties }: Resource, queueName: string): boolean {
  const queueId = /"Fn::GetAtt":\["(\w+)","QueueName"\]/.exec(text(Properties.Dimensions))?.[1];
  return resources[queueId ?? ""]?.Properties.QueueName === queueName;
}

describe("given the package", () => {
  it("every function is in it, on Node 24 and arm64, each with its own role", () => {
    const functions = ofType("AWS::Lambda::Function");
    expect(functions.map(({ Properties }) => Properties.FunctionName).sort()).toEqual(
      FUNCTIONS.map((name) => `contractspec-stripe-dev-${name}`),
    );
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
  });

  it("every function has its own role, and the template has no other role but those of its workflows", () => {
    for (const name of FUNCTIONS)
      expect(resources[functionId(name)]?.Properties.Role).toEqual(arnOf(roleId(name)));
    const roles = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::IAM::Role");
    const machines = text(ofType("AWS::StepFunctions::StateMachine"));
    expect(
      roles
        .map(([id]) => id)
        .filter((id) => !machines.includes(`"${id}"`))
        .sort(),
    ).toEqual(FUNCTIONS.map(roleId).sort());
  });

  it("every role allows exactly what the code of its function calls, on the tables and the queue that it names", async () => {
    const needs = await bundleNeeds(DEFINITIONS.map(({ entry }) => entry));
    const expected = DEFINITIONS.map(({ name }, index) => roleNeeds(name, needs[index]));
    expect(
      FUNCTIONS.map((name) => {
        const statements = statementsOf(roleOf(name));
        return {
          name,
          actions: [...new Set(statements.flatMap(({ Action }) => Action))].sort(),
          tables: named(statements, "dynamodb", /(\w+)Table(?:"|\.Arn)/g),
          received: named(statements, "sqs:ReceiveMessage", /(\w+)EventsQueue"/g),
          logs: named(statements, "logs", /(\w+LogGroup)"/g),
        };
      }),
    ).toEqual(expected);
  });

  it("every folder of functions/ is deployed", () => {
    expect(readdirSync("functions").sort()).toEqual(FUNCTIONS);
  });

  it("every route is in it, and only the routes that docs/security.md explains are open", () => {
    const routes = ofType("AWS::ApiGatewayV2::Route").map(({ Properties }) => ({
      route: String(Properties.RouteKey),
      open: Properties.AuthorizerId === undefined,
    }));
    const declared = DEFINITIONS.flatMap(({ configuration }) =>
      configuration.events.flatMap((event) => ("httpApi" in event ? [event.httpApi] : [])),
    );
    const sorted = (found: readonly { route: string; open: boolean }[]) =>
      found.toSorted((a, b) => (a.route < b.route ? -1 : 1));
    expect(sorted(routes)).toEqual(
      sorted(
        declared.map((httpApi) => {
          const { method, path, authorizer } = JSON.parse(text(httpApi));
          return { route: `${method} ${path}`, open: authorizer === undefined };
        }),
      ),
    );
    for (const { capabilityId } of loadProject().contracts)
      expect(routes).toContainEqual({ route: `POST /api/capabilities/${capabilityId}`, open: false });
    // docs/security.md gives the reason for every open route.
    const security = readFileSync("docs/security.md", "utf8");
    for (const { route } of routes.filter(({ open }) => open)) expect(security).toContain(`\`${route}\``);
  });

  it("every route is throttled, open ones more, and the stage is created after the routes that it throttles", () => {
    const [stage] = ofType("AWS::ApiGatewayV2::Stage");
    const { DependsOn, Properties } = stageThrottles(DEFINITIONS).extensions.HttpApiStage;
    expect(stage?.Properties).toMatchObject(Properties);
    expect(stage).toMatchObject({ DependsOn: expect.arrayContaining(DependsOn) });
    for (const id of DependsOn) expect(resources[id]?.Type).toBe("AWS::ApiGatewayV2::Route");
    for (const { Properties: route } of ofType("AWS::ApiGatewayV2::Route"))
      expect(Object.hasOwn(Properties.RouteSettings, String(route.RouteKey))).toBe(
        route.AuthorizerId === undefined,
      );
  });

  it("no origin may call the API from a browser by default", () => {
    const [api, ...others] = ofType("AWS::ApiGatewayV2::Api");
    expect(others).toEqual([]);
    expect(api?.Properties).toMatchObject({ ProtocolType: "HTTP" });
    expect(api?.Properties).not.toHaveProperty("CorsConfiguration");
  });

  it("every table is encrypted, recoverable and kept, except when the deployment that creates it fails", () => {
    const tables = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::DynamoDB::Table");
    expect(tables.map(([id]) => id).sort()).toEqual(TABLES.map(tableId).sort());
    for (const [, table] of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
        Properties: {
          SSESpecification: { SSEEnabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      });
    }
  });

  it("nothing that outlives the stack has a name that the next stack would need", () => {
    const kept = Object.entries(resources).filter(
      ([, { DeletionPolicy, UpdateReplacePolicy }]) =>
        DeletionPolicy !== undefined || UpdateReplacePolicy !== undefined,
    );
    expect(kept.length).toBeGreaterThanOrEqual(TABLES.length);
    // A version of a function refers to the name of its function, and has none of its own.
    const fixed = kept.flatMap(([id, { Properties }]) =>
      Object.entries(Properties).flatMap(([property, value]) =>
        /Name$/.test(property) && typeof value === "string" ? [`${id} ${property}`] : [],
      ),
    );
    expect(fixed).toEqual([]);
    // CloudWatch Logs creates a missing log group for a role that may: a function that still runs while the stack is
    // deleted would leave one.
    expect(allowed("logs:CreateLogGroup")).toEqual([]);
  });

  it("operators' commands find the names of every table and of the audit log's archive in a parameter of the stage", () => {
    const [parameter, ...others] = ofType("AWS::SSM::Parameter");
    expect(others).toEqual([]);
    expect(parameter?.Properties.Name).toBe(tableNamesParameter("contractspec-stripe", "dev"));
    const { Value } = fieldsOf(parameter?.Properties);
    const names = JSON.parse(String(fieldsOf(Value)["Fn::Sub"]));
    expect(names).toEqual({
      ...Object.fromEntries(TABLES.map((table) => [table, `\${${tableId(table)}}`])),
      [ARCHIVE_NAME]: `\${${ARCHIVE_BUCKET}}`,
    });
  });

  it("every queue has a dead-letter queue with an alarm, and its consumer reports failures one by one", () => {
    const queues = ofType("AWS::SQS::Queue");
    const fed = queues.filter(({ Properties }) => Properties.RedrivePolicy !== undefined);
    expect(fed.map(({ Properties }) => Properties.QueueName).sort()).toEqual(
      CONSUMED_QUEUES.map((queue) => `contractspec-stripe-dev-${queue}-events`).sort(),
    );
    expect(queues).toHaveLength(2 * CONSUMED_QUEUES.length);
    for (const { Properties } of fed)
      expect(Properties.RedrivePolicy).toMatchObject({ maxReceiveCount: MOST_DELIVERIES });
    const queueAlarms = ofType("AWS::CloudWatch::Alarm").filter(
      ({ Properties }) => Properties.Namespace === "AWS/SQS",
    );
    for (const { Properties } of fed) {
      expect(queueAlarms.filter((alarm) => watches(alarm, String(Properties.QueueName)))).toMatchObject([
        { Properties: { MetricName: "ApproximateAgeOfOldestMessage", Threshold: 900 } },
      ]);
      expect(
        queueAlarms.filter((alarm) => watches(alarm, `${String(Properties.QueueName)}-dead-letter`)),
      ).toMatchObject([{ Properties: { MetricName: "ApproximateNumberOfMessagesVisible", Threshold: 0 } }]);
    }
    const sources = ofType("AWS::Lambda::EventSourceMapping");
    expect(sources).toHaveLength(CONSUMED_QUEUES.length);
    for (const { Properties } of sources)
      expect(Properties).toMatchObject({
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: 2 },
      });
  });

  it("an alarm watches the metric of problems that only a person can fix", () => {
    expect(resources.PersonNeededAlarm?.Properties).toMatchObject({
      Namespace: METRICS_NAMESPACE,
      MetricName: "Alarms" satisfies MetricName,
      Dimensions: [{ Name: "stage", Value: "dev" }],
      Threshold: 0,
    });
  });

  it("an alarm watches the number of signatures that the webhook refuses on the whole stage", () => {
    expect(resources.WebhookRejectionsAlarm?.Properties).toMatchObject({
      Namespace: METRICS_NAMESPACE,
      MetricName: "SignatureRejections" satisfies MetricName,
      Dimensions: [{ Name: "stage", Value: "dev" }],
      Statistic: "Sum",
      Period: 300,
      Threshold: 5,
    });
  });

  it("every alarm is in it, and notifies the stage's topic", () => {
    const declared = Object.keys({
      ...alarms(DEFINITIONS).Resources,
      ...eventQueues.Resources,
    }).filter((id) => id.endsWith("Alarm"));
    const packaged = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");
    expect(packaged.map(([id]) => id).sort()).toEqual(declared.sort());
    for (const [, { Properties }] of packaged)
      expect(Properties).toMatchObject({ AlarmActions: [{ Ref: "AlarmTopic" }] });
    expect(resources.AlarmTopic?.Properties.TopicName).toBe("contractspec-stripe-dev-alarms");
    expect(resources.HttpApi).toBeDefined();
  });

  it("the dashboard is beside the alarms, and refers to what the template has", () => {
    const { Dashboard } = alarmsTemplate.Resources;
    expect(Dashboard?.Type).toBe("AWS::CloudWatch::Dashboard");
    expect(text(Dashboard?.Properties.DashboardName)).toContain(`contractspec-stripe-dev-\${AWS::Region}`);
    const { "Fn::Sub": body } = JSON.parse(text(Dashboard?.Properties.DashboardBody));
    expect(text(JSON.parse(body))).not.toContain("sls:");
    for (const name of FUNCTIONS) expect(body).toContain(`\${${functionId(name)}}`);
  });

  it("only functions with the grant query a table or an index, and only functions with the grant send mails", () => {
    expect(allowed("ses:SendEmail")).toEqual(using("mail"));
    expect(text(roleOf("follow-up-failed-payments")?.Properties.Policies)).toMatch(
      /FailedPaymentsTable\.Arn\}\/index\/by-follow-up"/,
    );
    expect(allowed("dynamodb:Query")).toEqual(
      using(
        "approvals:read",
        "failed-payments:due",
        "audit-log:archive",
        "audit-log:read",
        "customer-state",
        "endpoints:check",
        "endpoints:fan-out",
        "event-waits:end",
        "expiring-cards",
        "workflow-runs:list",
      ),
    );
  });

  it("only consumers and the function that begins waits can end a step that waits, in the workflows of this stage", () => {
    const ending = allowed("states:SendTaskSuccess");
    expect(ending).toEqual(using("workflow-runs:end-waits"));
    expect(ending).toEqual(allowed("states:SendTaskFailure"));
    expect(ending).toContain("wait-for-event");
    const [machines = ""] =
      /"states:SendTaskSuccess".*?"Resource":\[(.*?)\]/s.exec(
        text(roleOf("wait-for-event")?.Properties.Policies),
      ) ?? [];
    expect(machines.match(/stateMachine:[\w-]+/g)?.sort()).toEqual(
      globSync("workflows/*.yml")
        .map((file) => `stateMachine:contractspec-stripe-dev-${basename(file, ".yml")}`)
        .sort(),
    );
    expect(machines).not.toContain("*");
  });

  it("every workflow is a Standard state machine whose references are resolved by the run, not by CloudFormation", () => {
    const machines = ofType("AWS::StepFunctions::StateMachine");
    expect(machines.map(({ Properties }) => Properties.StateMachineName).sort()).toEqual(
      globSync("workflows/*.yml")
        .map((file) => `contractspec-stripe-dev-${basename(file, ".yml")}`)
        .sort(),
    );
    for (const { Properties } of machines) {
      expect(Properties.StateMachineType).toBe("STANDARD");
      expect(text(Properties.DefinitionString)).not.toMatch(/\$\{(input|steps|error)\./);
    }
    expect(text(machines.map(({ Properties }) => Properties.DefinitionString))).toMatch(
      /\$\{!input\.customerEmail\}/,
    );
  });

  it("no role allows every action, or an action on every resource", () => {
    for (const { Properties } of ofType("AWS::IAM::Role")) {
      const { PolicyDocument } = JSON.parse(text({ PolicyDocument: Properties.Policies }));
      const statements = [PolicyDocument ?? []]
        .flat(2)
        .flatMap((policy: { PolicyDocument: { Statement: object[] } }) => policy.PolicyDocument.Statement);
      for (const statement of statements) {
        expect(text(statement)).not.toMatch(/"Action":\s*"?\[?"\*"/);
        expect(text(statement)).not.toMatch(/"Resource":\s*\[?"\*"/);
      }
    }
  });

  it("no role can delete from the audit log or its archive, and only their reader and the archiver can read them", () => {
    const ofRole = (name: string) => {
      const about = statementsOf(roleOf(name)).filter(({ Resource }) =>
        text(Resource).includes("AuditLogTable"),
      );
      return [name, about.flatMap(({ Action }) => Action).sort()] as const;
    };
    const allowed = Object.fromEntries(FUNCTIONS.map(ofRole).filter(([, actions]) => actions.length > 0));
    const { "read-audit": reader, "archive-audit": archiver, ...writers } = allowed;
    expect(archiver).toEqual(["dynamodb:Query", "dynamodb:UpdateTimeToLive"]);
    const onObjects = FUNCTIONS.map(
      (name) =>
        [
          name,
          text(roleOf(name)?.Properties.Policies)
            .match(/s3:\w+/g)
            ?.sort(),
        ] as const,
    ).filter(([, actions]) => actions !== undefined);
    expect(Object.fromEntries(onObjects)).toEqual({
      "archive-audit": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
      "read-audit": ["s3:GetObject", "s3:ListBucket"],
    });
    expect(reader).toEqual(["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    expect(Object.keys(writers)).toContain("on-payment-intent-event");
    for (const actions of Object.values(writers)) {
      expect(actions.filter((action) => !/:(PutItem|UpdateItem)$/.test(action))).toEqual([]);
    }
  });

  it("the webhook can send to its queues and read its two secrets, and nothing else", () => {
    const policies = text(roleOf("stripe-webhook")?.Properties.Policies);
    expect(policies.match(/"(sqs|ssm|dynamodb|ses|states|sns|s3):\w+"/g)?.sort()).toEqual([
      '"sqs:SendMessage"',
      '"ssm:GetParameters"',
    ]);
    expect(policies.match(/(?<=parameter\/contractspec-stripe\/dev\/)\w+/g)).toEqual([
      "APP_SECRET",
      "STRIPE_WEBHOOK_SECRET",
    ]);
  });

  it("every scheduled function has its schedule", () => {
    const schedules = ofType("AWS::Events::Rule")
      .filter(({ Properties }) => Properties.EventPattern === undefined)
      .map(({ Properties }) => [
        text(Properties.Targets).match(/\w+(?=LambdaFunction)/)?.[0],
        Properties.ScheduleExpression,
      ]);
    expect(schedules).toEqual(
      expect.arrayContaining([
        ["FollowDashupDashfailedDashpayments", "rate(5 minutes)"],
        ["ReconcileDashevents", "rate(15 minutes)"],
        ["CheckDashdrift", "rate(1 hour)"],
      ]),
    );
    const declared = DEFINITIONS.flatMap(({ configuration }) => configuration.events).filter(
      (event) => "schedule" in event,
    );
    expect(schedules).toHaveLength(declared.length);
  });

  it("every change of an execution of the stage's own workflows is reported to the function that records it", () => {
    const reports = ofType("AWS::Events::Rule").filter(
      ({ Properties }) => Properties.EventPattern !== undefined,
    );
    expect(reports.map(({ Properties }) => Properties)).toMatchObject([
      {
        State: "ENABLED",
        EventPattern: {
          source: ["aws.states"],
          "detail-type": ["Step Functions Execution Status Change"],
          detail: {
            stateMachineArn: [
              { prefix: { "Fn::Sub": expect.stringContaining(":stateMachine:contractspec-stripe-dev-") } },
            ],
          },
        },
        Targets: [{ Arn: { "Fn::GetAtt": [functionId("record-workflow-run"), "Arn"] } }],
      },
    ]);
  });

  it("the reconciler can queue only events that have a consumer; the drift check cannot change an object", () => {
    const actionsOf = (name: string) =>
      text(roleOf(name)?.Properties.Policies)
        .match(/"(sqs|ssm|dynamodb|ses|states|sns|s3):\w+"/g)
        ?.sort();
    expect(actionsOf("reconcile-events")).toEqual([
      '"dynamodb:BatchGetItem"',
      '"dynamodb:GetItem"',
      '"dynamodb:PutItem"',
      '"dynamodb:UpdateItem"',
      '"sqs:SendMessage"',
      '"ssm:GetParameters"',
    ]);
    expect(text(roleOf("reconcile-events")?.Properties.Policies)).not.toContain("UnroutedEventsQueue");
    expect(actionsOf("check-drift")).toEqual([
      '"dynamodb:BatchGetItem"',
      '"dynamodb:GetItem"',
      '"dynamodb:GetItem"',
      '"dynamodb:Scan"',
      '"dynamodb:UpdateItem"',
      '"ssm:GetParameters"',
    ]);
  });

  it.each([
    ["ReconcilerFindsAlarm", "EventsMissing", 0, "notBreaching"],
    ["ReconcilerBehindAlarm", "ReconcilerLagSeconds", 3600, "missing"],
    ["DriftFoundAlarm", "DriftFound", 0, "notBreaching"],
    ["AuditNotArchivedAlarm", "AuditDaysNotArchived", 0, "missing"],
    ["DistrustedCallsAlarm", "ContextRejections", 0, "notBreaching"],
    ["DistrustedMessagesAlarm", "MessageRejections", 0, "notBreaching"],
  ] satisfies [string, MetricName, number, string][])(
    "%s watches %s, a metric that functions log",
    (alarm, metric, threshold, missing) => {
      expect(resources[alarm]?.Properties).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: metric,
        Dimensions: [{ Name: "stage", Value: "dev" }],
        Threshold: threshold,
        TreatMissingData: missing,
      });
    },
  );

  it("every function can read exactly the secrets that it names", () => {
    const secretsOf = (name: string) => {
      const found = Object.values(resources).find(
        ({ Type, Properties }) =>
          Type === "AWS::Lambda::Function" && Properties.FunctionName === `contractspec-stripe-dev-${name}`,
      );
      const { SECRETS = "", SECRETS_PATH = "" } = JSON.parse(text(found?.Properties.Environment)).Variables;
      expect(SECRETS_PATH).toBe(SECRETS === "" ? "" : "/contractspec-stripe/dev");
      return SECRETS.split(" ").filter((secret: string) => secret !== "");
    };
    const allowedOf = (name: string) =>
      text(roleOf(name)?.Properties.Policies ?? []).match(/(?<=parameter\/contractspec-stripe\/dev\/)\w+/g) ??
      [];
    const named = Object.fromEntries(FUNCTIONS.map((name) => [name, secretsOf(name).sort()]));
    expect(named).toEqual(Object.fromEntries(FUNCTIONS.map((name) => [name, [...allowedOf(name)].sort()])));
    expect(named).toMatchObject({
      authorizer: ["APP_SECRET"],
      mcp: ["APP_SECRET"],
      "stripe-webhook": ["APP_SECRET", "STRIPE_WEBHOOK_SECRET"],
      "on-unrouted-event": ["APP_SECRET"],
      "check-drift": ["APP_SECRET", "STRIPE_SECRET_KEY"],
      "get-health": [],
    });
  });

  it("only the drift check and what sends to endpoints can scan a table, and the authorizer can only read keys, record their use and sign", () => {
    const drift = roleOf("check-drift");
    const ofEndpoints = [roleOf("on-notification-event"), roleOf("check-endpoints")];
    const others = ofType("AWS::IAM::Role").filter((role) => role !== drift && !ofEndpoints.includes(role));
    expect(text(others)).not.toMatch(/dynamodb:(Scan|\*)/);
    for (const role of ofEndpoints)
      expect(text(role?.Properties.Policies).match(/"dynamodb:Scan"[^}]*\}/g)).toEqual([
        expect.stringMatching(
          /^"dynamodb:Scan"[^\]]*\],"Resource":\[\{"Fn::GetAtt":\["EndpointsTable","Arn"\]\}$/,
        ),
      ]);
    expect(text(drift?.Properties.Policies)).toMatch(
      /"Action":\["dynamodb:Scan"[^\]]*\],"Resource":\[\{"Fn::GetAtt":\["StripeObjectsTable","Arn"\]\}\]/,
    );
    const policies = text(roleOf("authorizer")?.Properties.Policies);
    expect(policies.match(/"(sqs|ssm|dynamodb|ses|states|sns|s3):\w+"/g)?.sort()).toEqual([
      '"dynamodb:GetItem"',
      '"dynamodb:UpdateItem"',
      '"ssm:GetParameters"',
    ]);
  });

  it("no secret is in a function's environment", () => {
    for (const { Properties } of ofType("AWS::Lambda::Function")) {
      expect(text(Properties.Environment ?? {})).not.toMatch(
        /"(STRIPE_SECRET_KEY|STRIPE_WEBHOOK_SECRET|APP_SECRET)":/,
      );
    }
  });

  it("CloudFormation and IAM accept it: every limit is kept, and nothing is tied to an account or another region", () => {
    expect(templateMistakes(template, REGION)).toEqual([]);
    expect(templateMistakes(alarmsTemplate, REGION)).toEqual([]);
  });

  it("the alarms are a stack of their own, whose template is named by its content", () => {
    const own = Object.values(alarmsTemplate.Resources);
    expect(new Set(own.map(({ Type }) => Type))).toEqual(
      new Set(["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"]),
    );
    expect(Object.values(template.Resources).some(({ Type }) => Type === "AWS::CloudWatch::Alarm")).toBe(
      false,
    );
    const { "Fn::Sub": url } = fieldsOf(template.Resources[ALARMS_STACK]?.Properties.TemplateURL);
    expect(url).toBe(
      `https://\${ServerlessDeploymentBucket.RegionalDomainName}/${CODE}/alarms-${hashOf(`${FOLDER}/${ALARMS_TEMPLATE}`)}.json`,
    );
  });

  it("the alarms that undo a deployment are among them", () => {
    expect(Object.keys(alarmsTemplate.Resources)).toEqual(expect.arrayContaining([...WATCHED_ALARMS]));
  });

  it("the code of every function is named by its content, so that a deployment changes only what has changed", () => {
    for (const name of FUNCTIONS)
      expect(fieldsOf(resources[functionId(name)]?.Properties.Code).S3Key).toBe(
        `${CODE}/${name}-${hashOf(`${FOLDER}/${name}.zip`)}.zip`,
      );
  });

  it("nothing in it says when, by which process or with which umask it was made", () => {
    for (const name of FUNCTIONS)
      expect(filesIn(`${FOLDER}/${name}.zip`)).toMatchObject([{ mode: "100644", date: 0 }]);
    const state = readFileSync(`${FOLDER}/serverless-state.json`, "utf8");
    for (const content of [text(template), text(alarmsTemplate), state])
      expect(content).not.toMatch(/20\d\d-\d\d-\d\dT\d\d:|\.esbuild\/\d/);
    const sorted = (names: readonly string[]) => names.toSorted();
    expect(Object.keys(template.Resources)).toEqual(sorted(Object.keys(template.Resources)));
    expect(Object.keys(alarmsTemplate.Resources)).toEqual(sorted(Object.keys(alarmsTemplate.Resources)));
  });

  it("every function is packed as its bundle alone, which needs no other file", () => {
    for (const { name, entry } of DEFINITIONS)
      expect(filesIn(`${FOLDER}/${name}.zip`)).toMatchObject([{ name: entry.replace(/\.ts$/, ".cjs") }]);
  });

  it("no zipped bundle is larger than its budget", () => {
    const sizes = Object.fromEntries(
      FUNCTIONS.map((name) => [name, statSync(`${FOLDER}/${name}.zip`).size / 1024]),
    );
    const budget = (name: string) => {
      const uses = DEFINITIONS.find((definition) => definition.name === name)?.uses ?? [];
      const has = (...grants: GrantName[]) => grants.every((grant) => uses.includes(grant));
      // It contains the whole document.
      if (name === "get-openapi") return 34;
      // It has the SDK of the Model Context Protocol.
      if (name === "mcp") return 138;
      if (uses.length === 0) return 9;
      // It contains the SDK of the Model Context Protocol, and the schemas of all tools.
      if (has("own-api")) return 138;
      if (has("webhook-secret")) return 75;
      // Functions that send mails have their texts in all languages: 39 KB, zipped.
      if (!has("app-secret", "audit-log")) {
        // Readers, pages and scheduled functions; the authorizer has only one AWS client.
        if (has("mail")) return 174;
        if (has("endpoints:deliver") || has("endpoints:fan-out")) return 91;
        if (has("repair-progress")) return 114;
        // Capabilities that read from Stripe; the state of a customer is read from our records, and then from Stripe.
        if (has("customer-state")) return 136;
        if (has("usage-counters")) return 133;
        // It has its texts in every language.
        if (has("pay-page")) return 92;
        if (has("workflow-runs:read")) return 101;
        return has("audit-log:read") || has("audit-log:refusals") ? 99 : 83;
      }
      // It also has the checks of all capabilities that workflows call, with the mails' templates.
      if (has("workflow-runs:start")) return 131;
      // These know the plans and the input checks of all workflows.
      if (has("workflow-runs:cancel") || has("workflow-runs:retry")) return 106;
      // Capabilities have Stripe's client, or that and SES's with the templates; consumers can have both.
      if (has("idempotency-keys")) {
        if (has("mail")) return 195;
        return has("stripe-api") ? 141 : 117;
      }
      // All of them have SQS's client too, for messages that fail, and Stripe's, to ask for what an event lacks.
      if (!has("stripe-api")) return has("mail") ? 153 : 90;
      return has("mail") ? 199 : 131;
    };
    const grown = Object.entries(sizes)
      .filter(([name, kilobytes]) => kilobytes > budget(name))
      .map(([name, kilobytes]) => `${name}: ${kilobytes.toFixed(1)} KB of ${budget(name)}`);
    expect(grown).toEqual([]);
  });
});

interface ZippedFile {
  readonly name: string;
  /** In octal digits, as git shows it. */
  readonly mode: string;
  /** As DOS wrote it; 0 for the first moment that a zip file can express. */
  readonly date: number;
}

/** The central directory of a zip file. */
function filesIn(zip: string): ZippedFile[] {
  const bytes = readFileSync(zip);
  const end = bytes.lastIndexOf("PK\x05\x06");
  const files: ZippedFile[] = [];
  for (let at = bytes.readUInt32LE(end + 16); at < end; ) {
    const nameLength = bytes.readUInt16LE(at + 28);
    files.push({
      name: bytes.toString("utf8", at + 46, at + 46 + nameLength),
      mode: bytes.readUInt16LE(at + 40).toString(8),
      date: bytes.readUInt32LE(at + 12) - FIRST_DATE,
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

/** 1980-01-01, the date of zip files that have none. */
const FIRST_DATE = 0x0021_0000;

/** The prefix of artifacts in the stage's bucket. */
const CODE = "serverless/contractspec-stripe/dev/code";

const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 32);

/** Writes the settings of a stage that exists only in this test, in which nothing else is wrong. */
function writeSettings(stage: string, settings: Readonly<Record<string, string>>) {
  const all = {
    EMAIL_FROM: "payments@adas-shop.com",
    ADMIN_EMAIL: "ada@adas-shop.com",
    STRIPE_PUBLISHABLE_KEY: "pk_test_51abc",
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`stages/${stage}.env`, lines.join(""));
}

describe("given settings that do not fit the stage", () => {
  const stage = "test-refused";
  afterAll(() => rmSync(`stages/${stage}.env`, { force: true }));

  it("nothing is packaged, and the error gives the reasons without the key", async () => {
    const folder = `${FOLDER}-refused`;
    writeSettings(stage, {
      AWS_REGION: "cn-north-1",
      STRIPE_PUBLISHABLE_KEY: "pk_live_51abc",
      JWT_ISSUER: "https://login.example.com",
    });
    const { status, stdout, stderr } = await serverless(["package", "--package", folder, "--stage", stage]);
    expect(status).toBe(1);
    expect(stderr).toContain("The region cn-north-1 does not have Amazon SES");
    expect(stderr).toContain(`STRIPE_PUBLISHABLE_KEY is a live key, and the stage is ${stage}`);
    expect(stderr).toContain("JWT_AUDIENCE is not set");
    expect(stdout + stderr).not.toContain("51abc");
    expect(existsSync(folder)).toBe(false);
  });
});

describe("given a stage without settings", () => {
  it.each([
    [
      "package",
      ["package", "--stage", "Staging", "--package", `${FOLDER}-none`],
      /"Staging" cannot be the name of a stage/,
    ],
    ["deploy", ["deploy", "--stage", "dev", "--force"], /The stage dev has no settings/],
  ])("%s does nothing, and says what the file of the stage needs", async (_, words, reason) => {
    const { status, stderr } = await serverless(words);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/Copy stages\/stage\.env\.example to stages\/\w+\.env/);
    expect(stderr).toMatch(/STRIPE_PUBLISHABLE_KEY=/);
  });
});

describe("given the longest name of a stage, and another region", () => {
  const LIMITS: Readonly<Record<string, number>> = { RoleName: 64, QueueName: 80, TopicName: 256 };
  const stage = "test-settings-16";
  let configured: unknown;
  beforeAll(async () => {
    writeSettings(stage, {
      AWS_REGION: "ap-southeast-2",
      CORS_ORIGINS: "https://adas-shop.com, https://admin.adas-shop.com",
      TABLE_PROTECTION: "on",
      BACKUP_DAYS: "30",
    });
    const { stdout } = await serverless(["print", "--stage", stage, "--format", "json"], {
      EMAIL_FROM: "payments@example.com",
      STRIPE_PUBLISHABLE_KEY: "",
    });
    configured = JSON.parse(stdout);
  });
  afterAll(() => rmSync(`stages/${stage}.env`, { force: true }));

  it("the settings and the region are those of its file, whatever is in the shell", () => {
    const { functions, provider } = fieldsOf(configured);
    const environmentOf = (name: string) => fieldsOf(fieldsOf(fieldsOf(functions)[name]).environment);
    expect(environmentOf("send-email").EMAIL_FROM).toBe("payments@adas-shop.com");
    expect(environmentOf("pay-page").STRIPE_PUBLISHABLE_KEY).toBe("pk_test_51abc");
    expect(fieldsOf(provider).region).toBe("ap-southeast-2");
  });

  it("exactly its CORS_ORIGINS may call the API from a browser, with the headers that callers send and read", () => {
    expect(fieldsOf(fieldsOf(fieldsOf(configured).provider).httpApi).cors).toEqual({
      allowedOrigins: ["https://adas-shop.com", "https://admin.adas-shop.com"],
      allowedMethods: ["GET", "POST"],
      allowedHeaders: ["authorization", "content-type", "idempotency-key"],
      exposedResponseHeaders: ["idempotency-replayed", "location", "retry-after"],
      maxAge: 600,
    });
  });

  it("its tables are protected and backed up, because its file says so", () => {
    const { Resources } = fieldsOf(fieldsOf(configured).resources);
    for (const table of TABLES)
      expect(fieldsOf(Resources)[tableId(table)]).toMatchObject({
        Properties: { DeletionProtectionEnabled: true },
      });
    expect(Object.keys(fieldsOf(Resources))).toEqual(
      expect.arrayContaining(["BackupVault", "BackupPlan", "BackupSelection", "BackupRole"]),
    );
    expect(Object.keys(resources)).not.toContain("BackupVault");
  });

  /** The names of functions, machines and other resources, with their limits. */
  function names(): { name: string; limit: number }[] {
    const { resources, functions, stepFunctions } = fieldsOf(configured);
    const named = [
      ...Object.values(fieldsOf(functions)),
      ...Object.values(fieldsOf(fieldsOf(stepFunctions).stateMachines)),
    ].map((one) => ({ name: String(fieldsOf(one).name), limit: 64 }));
    const others = Object.values(fieldsOf(fieldsOf(resources).Resources)).flatMap((resource) =>
      Object.entries(fieldsOf(fieldsOf(resource).Properties)).flatMap(([property, name]) => {
        const limit = LIMITS[property];
        return limit === undefined ? [] : [{ name: String(name), limit }];
      }),
    );
    return [...named, ...others];
  }

  it("every name is short enough for AWS", () => {
    expect(names().length).toBeGreaterThan(2 * FUNCTIONS.length + 2 * CONSUMED_QUEUES.length);
    expect(names().filter(({ name, limit }) => name.length > limit)).toEqual([]);
  });

  it("no name is also a name of the stage dev", () => {
    const ofDev = text(resources);
    expect(names().filter(({ name }) => ofDev.includes(`"${name}"`))).toEqual([]);
  });
});
