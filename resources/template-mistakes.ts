/**
 * What CloudFormation or IAM would refuse about a template, and what would tie it to one region or account. It finds less than
 * cfn-lint, and it runs everywhere. Pure.
 */
import { fieldOf, fieldsOf, isRecord, listOf } from "../lib/untrusted.ts";
import { LONGEST_NAME } from "./names.ts";
import { CLOUDFORMATION_LIMITS, referencesIn } from "./nested-stack.ts";
import { REGION_NAMES } from "./regions.ts";

/** The property that names a resource, with the longest name that AWS allows, by type. */
const NAMES: Readonly<Record<string, readonly [property: string, longest: number]>> = {
  "AWS::Lambda::Function": ["FunctionName", LONGEST_NAME.function],
  "AWS::IAM::Role": ["RoleName", LONGEST_NAME.role],
  "AWS::SQS::Queue": ["QueueName", LONGEST_NAME.queue],
  "AWS::StepFunctions::StateMachine": ["StateMachineName", LONGEST_NAME.stateMachine],
  "AWS::SNS::Topic": ["TopicName", LONGEST_NAME.topic],
};
/** Without blanks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE_POLICIES_BYTES = 10_240;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_BYTES = 4_096;
/** The names of roles are the same list in every region. */
const IN_ALL_REGIONS = "AWS::IAM::Role";

/** One sentence for each mistake. `region` is the one that the template was made for. */
export function templateMistakes(template: unknown, region: string): string[] {
  const resources = Object.entries(fieldsOf(fieldOf(template, "Resources")));
  return [
    ...limitMistakes(template),
    ...danglingReferences(template),
    ...nameMistakes(resources, region),
    ...resources.flatMap(([id, resource]) => sizeMistakes(id, resource)),
    ...resources.flatMap(([id, resource]) => placeMistakes(id, resource, region)),
  ];
}

function limitMistakes(template: unknown): string[] {
  const counted = [
    ["resources", Object.keys(fieldsOf(fieldOf(template, "Resources"))).length],
    ["parameters", Object.keys(fieldsOf(fieldOf(template, "Parameters"))).length],
    ["outputs", Object.keys(fieldsOf(fieldOf(template, "Outputs"))).length],
    ["bytes", JSON.stringify(template).length],
  ] as const;
  return counted.flatMap(([what, count]) =>
    count <= CLOUDFORMATION_LIMITS[what]
      ? []
      : [`The template has ${count} ${what}, and CloudFormation accepts ${CLOUDFORMATION_LIMITS[what]}.`],
  );
}

function danglingReferences(template: unknown): string[] {
  const known = new Set([
    ...Object.keys(fieldsOf(fieldOf(template, "Resources"))),
    ...Object.keys(fieldsOf(fieldOf(template, "Parameters"))),
  ]);
  return ["Resources", "Outputs"].flatMap((section) =>
    Object.entries(fieldsOf(fieldOf(template, section))).flatMap(([id, value]) =>
      referencesIn(value)
        .filter((reference) => !known.has(reference.id) && !reference.id.startsWith("AWS::"))
        .map((reference) => `${id} refers to ${reference.id}, which the template does not have.`),
    ),
  );
}

function nameMistakes(resources: readonly (readonly [string, unknown])[], region: string): string[] {
  const owners = new Map<string, string>();
  return resources.flatMap(([id, resource]) => {
    const type = String(fieldOf(resource, "Type"));
    const [property, longest] = NAMES[type] ?? [];
    const name = property === undefined ? undefined : fieldOf(resource, "Properties", property);
    if (typeof name !== "string" || longest === undefined) return [];
    const owner = owners.get(`${type} ${name}`);
    owners.set(`${type} ${name}`, id);
    return [
      ...(name.length <= longest
        ? []
        : [`${id} has the name ${name} with ${name.length} characters, and can have ${longest}.`]),
      ...(owner === undefined ? [] : [`${id} and ${owner} have the same name, ${name}.`]),
      // A name that was shortened ends with a hash of its parts, the region included.
      ...(type !== IN_ALL_REGIONS || name.includes(region) || /-[0-9a-f]{10}$/.test(name)
        ? []
        : [`${id} has the name ${name}, which a stack in another region would have, too.`]),
    ];
  });
}

function sizeMistakes(id: string, resource: unknown): string[] {
  const policies = listOf(fieldOf(resource, "Properties", "Policies"));
  const ofRole = policies.reduce<number>(
    (sum, policy) => sum + (JSON.stringify(fieldOf(policy, "PolicyDocument")) ?? "").length,
    0,
  );
  const environment = fieldsOf(fieldOf(resource, "Properties", "Environment", "Variables"));
  const ofEnvironment = Object.keys(environment).length === 0 ? 0 : JSON.stringify(environment).length;
  return [
    ...(ofRole <= ROLE_POLICIES_BYTES
      ? []
      : [`${id} has policies of ${ofRole} characters, and IAM accepts ${ROLE_POLICIES_BYTES}.`]),
    ...(ofEnvironment <= ENVIRONMENT_BYTES
      ? []
      : [`${id} has an environment of ${ofEnvironment} bytes, and Lambda accepts ${ENVIRONMENT_BYTES}.`]),
  ];
}

/** Partitions, accounts and other regions that are written out. */
function placeMistakes(id: string, resource: unknown, region: string): string[] {
  const others = REGION_NAMES.filter((other) => other !== region);
  return textsIn(resource).flatMap((text) => [
    ...(/\barn:aws/.test(text) ? [`${id} has a partition of AWS written out: ${text}`] : []),
    ...(/(?<!\w)\d{12}(?!\w)/.test(text) ? [`${id} has an account written out: ${text}`] : []),
    ...others
      .filter((other) => new RegExp(`(?<![\\w-])${other}(?![\\w-])`).test(text))
      .map((other) => `${id} names the region ${other}, and is made for ${region}: ${text}`),
  ]);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}
