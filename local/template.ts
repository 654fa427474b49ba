/**
 * The CloudFormation template of the service, with its intrinsic functions resolved to the resources on this machine.
 */
import { fieldOf, fieldsOf, isRecord } from "../lib/untrusted.ts";
import { LOCAL_ACCOUNT_ID } from "./local-credentials.ts";

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** The parts of a stack's names and ARNs. */
export interface LocalAccount {
  readonly region: string;
  /** `<service>-<stage>` */
  readonly stackName: string;
  /** The URL of SQS, for queue URLs. */
  readonly sqsEndpoint: string;
  /** Name of the function behind a logical id such as `SendEmailLambdaFunction`. */
  readonly functionNames?: Readonly<Record<string, string>>;
}

/** Turns a value of the template into plain JSON. Throws an Error that names a part that cannot be resolved locally. */
export type Resolve = (value: unknown) => unknown;

/**
 * Merges the resources of CloudFormation documents into one template; a later document wins. Other parts are ignored.
 */
export function mergeTemplates(...documents: readonly unknown[]): Template {
  const resources: Record<string, TemplateResource> = {};
  for (const document of documents.flat()) {
    for (const [logicalId, resource] of Object.entries(fieldsOf(fieldOf(document, "Resources")))) {
      const { Type, Properties } = fieldsOf(resource);
      if (typeof Type === "string") resources[logicalId] = { Type, Properties: fieldsOf(Properties) };
    }
  }
  return { Resources: resources };
}

/** The resources of one type, by logical id. */
export function resourcesOfType(template: Template, type: string): [string, TemplateResource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The property that names a resource, by type. */
const NAME_PROPERTIES: Record<string, string> = {
  "AWS::DynamoDB::Table": "TableName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::SNS::Topic": "TopicName",
  "AWS::StepFunctions::StateMachine": "StateMachineName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::SES::EmailIdentity": "EmailIdentity",
  "AWS::SES::ConfigurationSet": "Name",
  "AWS::Lambda::Function": "FunctionName",
};

const ARN_FORMS: Record<string, { service: string; prefix: string }> = {
  "AWS::DynamoDB::Table": { service: "dynamodb", prefix: "table/" },
  "AWS::SQS::Queue": { service: "sqs", prefix: "" },
  "AWS::SNS::Topic": { service: "sns", prefix: "" },
  "AWS::StepFunctions::StateMachine": { service: "states", prefix: "stateMachine:" },
  "AWS::SES::EmailIdentity": { service: "ses", prefix: "identity/" },
  "AWS::Lambda::Function": { service: "lambda", prefix: "function:" },
};

/** A resolver for Ref, Fn::GetAtt, Fn::Sub and Fn::Join over the resources of `template`. */
export function createResolver(template: Template, account: LocalAccount): Resolve {
  const pseudoParameters: Record<string, string> = {
    "AWS::AccountId": LOCAL_ACCOUNT_ID,
    "AWS::Region": account.region,
    "AWS::Partition": "aws",
    "AWS::StackName": account.stackName,
    "AWS::URLSuffix": "amazonaws.com",
  };

  function typeOf(logicalId: string): string {
    if (account.functionNames?.[logicalId] !== undefined) return "AWS::Lambda::Function";
    const resource = template.Resources[logicalId];
    if (resource === undefined) throw new Error(`the template has no resource ${logicalId}`);
    return resource.Type;
  }

  function nameOf(logicalId: string): string {
    const functionName = account.functionNames?.[logicalId];
    if (functionName !== undefined) return functionName;
    const property = NAME_PROPERTIES[typeOf(logicalId)];
    const name = property && template.Resources[logicalId]?.Properties[property];
    return name === undefined ? `${account.stackName}-${logicalId}` : String(resolve(name));
  }

  function arnOf(logicalId: string): string {
    const form = ARN_FORMS[typeOf(logicalId)];
    if (form === undefined) throw new Error(`${logicalId} (${typeOf(logicalId)}) does not exist locally`);
    return `arn:aws:${form.service}:${account.region}:${LOCAL_ACCOUNT_ID}:${form.prefix}${nameOf(logicalId)}`;
  }

  function reference(logicalId: string): string {
    const pseudo = pseudoParameters[logicalId];
    if (pseudo !== undefined) return pseudo;
    switch (typeOf(logicalId)) {
      case "AWS::SQS::Queue":
        return `${account.sqsEndpoint}/${LOCAL_ACCOUNT_ID}/${nameOf(logicalId)}`;
      case "AWS::SNS::Topic":
      case "AWS::StepFunctions::StateMachine":
        return arnOf(logicalId);
      default:
        if (NAME_PROPERTIES[typeOf(logicalId)] === undefined) arnOf(logicalId);
        return nameOf(logicalId);
    }
  }

  function attribute(logicalId: string, name: string): string {
    if (name === "Arn" || name === "TopicArn") return arnOf(logicalId);
    if (name === "QueueUrl") return reference(logicalId);
    if (name === NAME_PROPERTIES[typeOf(logicalId)] || name === "Name") return nameOf(logicalId);
    throw new Error(`${logicalId}.${name} has no value locally`);
  }

  function substitute(argument: unknown): string {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, expression: string) => {
      if (literal === "!") return `\${${expression}}`;
      if (isRecord(variables) && expression in variables) return String(resolve(variables[expression]));
      const [logicalId = "", ...path] = expression.trim().split(".");
      return path.length === 0 ? reference(logicalId) : attribute(logicalId, path.join("."));
    });
  }

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isRecord(value)) return value;
    const [intrinsic, ...others] = Object.keys(value);
    if (intrinsic !== undefined && others.length === 0) {
      const argument = value[intrinsic];
      if (intrinsic === "Ref") return reference(String(argument));
      if (intrinsic === "Fn::Sub") return substitute(argument);
      if (intrinsic === "Fn::GetAtt") {
        const [logicalId = "", ...path] = Array.isArray(argument)
          ? argument.map(String)
          : String(argument).split(".");
        return attribute(logicalId, path.join("."));
      }
      if (intrinsic === "Fn::Join" && Array.isArray(argument)) {
        const [delimiter, parts] = argument;
        const texts = resolve(parts);
        return Array.isArray(texts) ? texts.join(String(delimiter)) : String(texts);
      }
      if (intrinsic.startsWith("Fn::")) throw new Error(`${intrinsic} is not resolved locally`);
    }
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part)]));
  }

  return resolve;
}
