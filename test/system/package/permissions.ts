/** Each function may do what its code does, and nothing else. */
import { globSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { arnOf, functionId, roleId } from "../../../resources/cloudformation.ts";
import { bundleNeeds } from "../../../scripts/generate/functions/bundle-needs.ts";
import { DEFINITIONS, FUNCTIONS, ofType, resources, roleOf, text } from "./packaged.ts";
import { allowed, named, roleNeeds, statementsOf, using } from "./roles.ts";

describe("given the package", () => {
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
});
