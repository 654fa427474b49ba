import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { MAX_WORKFLOW_ID_LENGTH } from "../../lib/compiler/workflow/workflow-keys.ts";
import { fieldsOf } from "../../lib/untrusted.ts";
import { alarmTopic } from "../../resources/alarm-topic.ts";
import { alarms } from "../../resources/alarms.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { machineName } from "../../resources/grants.ts";
import { functionName, LONGEST_NAME, nameWithin, roleName } from "../../resources/names.ts";
import { REGION_NAMES, regionMistake } from "../../resources/regions.ts";
import { LONGEST_STAGE, stageMistake } from "../../resources/stages.ts";
import { tries } from "../steps/effort.ts";
import { contracts } from "../steps/shipped-project.ts";

const SERVICE = "contractspec-stripe";
const DEFINITIONS = functionDefinitions(contracts);
const FUNCTIONS = DEFINITIONS.map(({ name }) => name);

/** Every name of a stage that passes the check. */
const stages = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$/)
  .filter((stage) => stage.length <= LONGEST_STAGE);
const regions = fc.constantFrom(...REGION_NAMES);
/** Names of functions that this project does not have yet. */
const capabilities = fc.stringMatching(/^[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20}){0,4}$/);

/** The names in this part of the template whose length does not follow from names.ts, by property. */
function namesIn(part: unknown): [string, string][] {
  return Object.entries(fieldsOf(part)).flatMap(([key, value]) =>
    typeof value === "string" && Object.hasOwn(LONGEST, key) ? [[key, value]] : namesIn(value),
  );
}

const LONGEST: Readonly<Record<string, number>> = {
  QueueName: LONGEST_NAME.queue,
  TopicName: LONGEST_NAME.topic,
  AlarmName: 255,
  StateMachineName: LONGEST_NAME.stateMachine,
};
const TEMPLATES: readonly unknown[] = [
  eventQueues,
  alarms(DEFINITIONS),
  alarmTopic({ email: "ops@adas-shop.com", slack: "T0123456789/C0123456789" }),
  ...globSync("resources/*.yml").map((file) => parse(readFileSync(file, "utf8").replaceAll(/!\w+/g, ""))),
  { StateMachineName: machineName("w".repeat(MAX_WORKFLOW_ID_LENGTH)) },
];

describe("given any stage that the check accepts", () => {
  it("every name in the template has a length that AWS accepts, and ends as it was written", () => {
    const named = TEMPLATES.flatMap(namesIn);
    expect(named.map(([property]) => property)).toContain("QueueName");
    fc.assert(
      fc.property(stages, (stage) => {
        expect(stageMistake(stage)).toBeUndefined();
        for (const [property, name] of named) {
          const written = name.replace(`\${self:service}`, SERVICE).replace(`\${sls:stage}`, stage);
          expect(written).toMatch(/^[\w-]+$/);
          expect(written.length).toBeLessThanOrEqual(LONGEST[property] ?? 0);
        }
      }),
    );
  });

  it("functions and roles have names that AWS accepts, in every region", () => {
    fc.assert(
      fc.property(stages, regions, capabilities, (stage, region, capability) => {
        for (const name of [...FUNCTIONS, capability]) {
          const deployment = { service: SERVICE, stage, region };
          for (const written of [functionName(name, deployment), roleName(name, deployment)]) {
            expect(written).toMatch(/^[\w-]{1,64}$/);
            expect(written).toContain(`${SERVICE}-${stage}-`);
          }
        }
      }),
    );
  });

  it("no two functions of a stage have the same name, and no two roles of an account", () => {
    fc.assert(
      fc.property(fc.uniqueArray(stages, { minLength: 2, maxLength: 3 }), (some) => {
        const deployments = some.flatMap((stage) =>
          REGION_NAMES.map((region) => ({ service: SERVICE, stage, region })),
        );
        const roles = deployments.flatMap((where) => FUNCTIONS.map((name) => roleName(name, where)));
        expect(new Set(roles).size).toBe(roles.length);
        const functions = some.flatMap((stage) =>
          FUNCTIONS.map((name) => functionName(name, { service: SERVICE, stage })),
        );
        expect(new Set(functions).size).toBe(functions.length);
      }),
      { numRuns: tries({ sample: 4, whole: 100 }) },
    );
  });
});

describe("given parts of a name", () => {
  it("a name within the limit is kept, and a longer one is shortened and stays different from others", () => {
    expect(nameWithin(64, "shop", "prod", "send-email")).toBe("shop-prod-send-email");
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z-]{1,30}$/), { minLength: 2 }), (ends) => {
        const names = ends.map((end) => nameWithin(64, "s".repeat(60), end));
        expect(names.every((name) => name.length <= 64)).toBe(true);
        expect(new Set(names).size).toBe(ends.length);
      }),
    );
  });
});

describe("given a stage that cannot be deployed", () => {
  it.each([
    ["a-stage-of-17-cha", /has 17 characters, and can have 16/],
    ["Prod", /lowercase/],
    ["prod_eu", /lowercase letters, digits and hyphens/],
    ["-prod", /must begin with a lowercase letter/],
    ["1prod", /must begin with a lowercase letter/],
    ["prod-", /cannot be the name of a stage/],
    ["", /cannot be the name of a stage/],
    ["prod eu", /cannot be the name of a stage/],
    ["größe", /cannot be the name of a stage/],
  ])("%j is refused with the reason", (stage, reason) => {
    expect(stageMistake(stage)).toMatch(reason);
  });
});

describe("given a region", () => {
  it.each([
    "us-east-1",
    "eu-central-1",
    "ap-southeast-2",
    "us-gov-west-1",
    "us-gov-east-1",
    "eusc-de-east-1",
  ])("%s has every service", (region) => {
    expect(regionMistake(region)).toBeUndefined();
  });

  it.each(["cn-north-1", "cn-northwest-1", "ap-east-1", "eu-south-2", "mx-central-1"])(
    "%s has no mail, and the message says so",
    (region) => {
      expect(regionMistake(region)).toMatch(`The region ${region} does not have Amazon SES`);
    },
  );

  it("a region that lacks two services names both", () => {
    expect(regionMistake("us-isof-south-1")).toMatch(/Amazon SES.* and not Amazon API Gateway/);
  });

  it.each([
    ["eu-centrall-1", /did you mean "eu-central-1"\?/],
    ["atlantis", /is not a known region of AWS\. If AWS has opened it, add it to resources\/regions\.ts/],
    ["constructor", /is not a known region/],
  ])("%s is refused", (region, reason) => {
    expect(regionMistake(region)).toMatch(reason);
  });
});
