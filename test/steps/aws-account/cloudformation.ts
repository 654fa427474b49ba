/**
 * CloudFormation on this machine, as far as a deployment uses it: change sets are computed from the templates, nested stacks
 * included, and a stack is changed by executing one. It creates nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { fieldOf, fieldsOf, isRecord } from "../../../lib/untrusted.ts";

/** The properties that CloudFormation cannot change without a new resource. */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  "AWS::DynamoDB::Table": ["TableName", "KeySchema"],
  "AWS::SQS::Queue": ["QueueName", "FifoQueue"],
  "AWS::ApiGatewayV2::Api": ["ProtocolType"],
  "AWS::Lambda::Function": ["FunctionName"],
};
const MOST_RESOURCES = 500;
const POLLS_UNTIL_DONE = 2;

type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
interface Stack {
  status: string;
  resources: Resources;
  nested: Resources;
  outputs: Readonly<Record<string, unknown>>;
  events: { id: string; status: string; logicalId: string; type: string; reason: string; at: Date }[];
  /** Describes before the status changes. */
  polls: number;
  after: (() => void) | undefined;
}
interface ChangeSet {
  readonly stackName: string;
  readonly status: string;
  readonly reason: string;
  readonly template: Template;
  readonly changes: readonly object[];
}
interface Template {
  readonly resources: Resources;
  readonly nested: Resources;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** An error of CloudFormation, with the code and the message that it responds with. */
export class Refused extends Error {}

export class CloudFormation {
  readonly stacks = new Map<string, Stack>();
  readonly changeSets = new Map<string, ChangeSet>();
  /** The next execution fails at this resource, with this reason, and is undone. */
  failure: { logicalId: string; reason: string } | undefined;
  /** The values of RollbackConfiguration in the last change set. */
  watched: readonly string[] = [];
  readonly #read: (url: string) => string | undefined;
  #count = 0;

  /** `read`: the text at an address in S3. */
  constructor(read: (url: string) => string | undefined) {
    this.#read = read;
  }

  /** One that has the same, and goes its own way from now on. Not while a stack is being changed. */
  copy(): CloudFormation {
    const copy = new CloudFormation(this.#read);
    for (const [name, stack] of this.stacks) {
      if (stack.after !== undefined) throw new Error(`${name} is being changed`);
      copy.stacks.set(name, { ...stack, events: [...stack.events] });
    }
    for (const [id, changeSet] of this.changeSets) copy.changeSets.set(id, changeSet);
    copy.failure = this.failure;
    copy.watched = this.watched;
    copy.#count = this.#count;
    return copy;
  }

  /** The response to an action, as the object that its XML stands for. */
  answer(action: string, given: URLSearchParams): object {
    const stackName = given.get("StackName") ?? "";
    const changeSetId = given.get("ChangeSetName") ?? "";
    switch (action) {
      case "DescribeStacks":
        return { Stacks: [this.#described(stackName)] };
      case "DescribeStackEvents":
        return { StackEvents: this.#events(stackName) };
      case "DescribeStackResource":
        return this.#resource(stackName, given.get("LogicalResourceId") ?? "");
      case "CreateChangeSet":
        return this.#createChangeSet(stackName, given);
      case "DescribeChangeSet":
        return this.#describedChangeSet(changeSetId);
      case "DeleteChangeSet":
        this.changeSets.delete(changeSetId);
        return {};
      case "ExecuteChangeSet":
        this.#execute(changeSetId);
        return {};
      default:
        throw new Refused(`This CloudFormation does not know ${action}`);
    }
  }

  #stack(name: string): Stack {
    const stack = this.stacks.get(name);
    if (stack === undefined) throw new Refused(`Stack with id ${name} does not exist`);
    return stack;
  }

  #described(name: string): object {
    const stack = this.#stack(name);
    if (stack.after !== undefined && stack.polls-- <= 0) {
      stack.after();
      stack.after = undefined;
    }
    return {
      StackName: name,
      StackStatus: stack.status,
      CreationTime: new Date(0),
      Outputs: Object.entries(stack.outputs).map(([OutputKey, output]) => ({
        OutputKey,
        OutputValue: String(fieldOf(output, "Value")),
      })),
    };
  }

  #events(name: string): object[] {
    return this.#stack(name)
      .events.toReversed()
      .map(({ id, status, logicalId, type, reason, at }) => ({
        EventId: id,
        StackId: name,
        StackName: name,
        LogicalResourceId: logicalId,
        ResourceType: type,
        ResourceStatus: status,
        ...(reason === "" ? {} : { ResourceStatusReason: reason }),
        Timestamp: at,
      }));
  }

  #resource(name: string, logicalId: string): object {
    const outside = [...this.stacks.keys()].find((stack) => name === physicalId(stack, "AlarmsStack"));
    const resource =
      outside === undefined ? this.#stack(name).resources[logicalId] : this.#stack(outside).nested[logicalId];
    if (resource === undefined) throw new Refused(`Resource ${logicalId} does not exist for stack ${name}`);
    return {
      StackResourceDetail: { LogicalResourceId: logicalId, PhysicalResourceId: physicalId(name, logicalId) },
    };
  }

  #createChangeSet(stackName: string, given: URLSearchParams): object {
    const isNew = given.get("ChangeSetType") === "CREATE";
    if (isNew && !this.stacks.has(stackName))
      this.stacks.set(stackName, { ...EMPTY, status: "REVIEW_IN_PROGRESS", events: [] });
    const stack = this.#stack(stackName);
    const url = given.get("TemplateURL");
    const text = given.get("TemplateBody") ?? (url === null ? undefined : this.#read(url));
    if (text === undefined) throw new Refused(`S3 error: the specified key does not exist: ${url}`);
    const template = this.#template(text);
    this.watched = [...given]
      .filter(([key]) => key.startsWith("RollbackConfiguration"))
      .map(([, value]) => value);
    const id = `arn:change-set/${given.get("ChangeSetName")}/${++this.#count}`;
    const nestedId = `${id}/nested`;
    const ofNested = changesBetween(stack.nested, template.nested);
    const changes = changesBetween(stack.resources, template.resources, (type) =>
      type === "AWS::CloudFormation::Stack" ? nestedId : undefined,
    );
    this.changeSets.set(nestedId, {
      stackName,
      status: "CREATE_COMPLETE",
      reason: "",
      template,
      changes: ofNested,
    });
    const isSame = changes.length === 0 && isDeepStrictEqual(stack.outputs, template.outputs);
    this.changeSets.set(id, {
      stackName,
      status: isSame ? "FAILED" : "CREATE_COMPLETE",
      reason: isSame ? "The submitted information didn't contain changes." : "",
      template,
      changes,
    });
    return { Id: id, StackId: stackName };
  }

  #template(text: string): Template {
    const { Resources, Outputs } = fieldsOf(JSON.parse(text));
    const resources = resourcesIn(Resources);
    const count = Object.keys(resources).length;
    if (count > MOST_RESOURCES)
      throw new Refused(
        `Template format error: Number of resources, ${count}, is greater than maximum allowed, ${MOST_RESOURCES}`,
      );
    const nested = Object.values(resources).find(({ Type }) => Type === "AWS::CloudFormation::Stack");
    const url = fieldOf(nested, "Properties", "TemplateURL", "Fn::Sub");
    const nestedText = typeof url === "string" ? this.#read(url) : "{}";
    if (nestedText === undefined) throw new Refused(`S3 error: the nested template does not exist: ${url}`);
    return {
      resources,
      nested: resourcesIn(fieldsOf(JSON.parse(nestedText)).Resources),
      outputs: fieldsOf(Outputs),
    };
  }

  #changeSet(id: string): ChangeSet {
    const found = this.changeSets.get(id);
    if (found === undefined) throw new Refused(`ChangeSet [${id}] does not exist`);
    return found;
  }

  #describedChangeSet(id: string): object {
    const { status, reason, changes } = this.#changeSet(id);
    return { ChangeSetId: id, Status: status, StatusReason: reason, Changes: changes };
  }

  #execute(id: string): void {
    const { stackName, template } = this.#changeSet(id);
    const stack = this.#stack(stackName);
    const { failure } = this;
    this.failure = undefined;
    const isNew = stack.status === "REVIEW_IN_PROGRESS";
    const event = (status: string, logicalId: string, type: string, reason = "") =>
      stack.events.push({ id: `${++this.#count}`, status, logicalId, type, reason, at: new Date() });
    stack.polls = POLLS_UNTIL_DONE;
    if (failure !== undefined) {
      const type = String(template.resources[failure.logicalId]?.Type);
      event("UPDATE_FAILED", failure.logicalId, type, failure.reason);
      stack.status = "UPDATE_ROLLBACK_IN_PROGRESS";
      stack.after = () => {
        stack.status = "UPDATE_ROLLBACK_COMPLETE";
      };
      return;
    }
    stack.status = isNew ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS";
    stack.after = () => {
      for (const [logicalId, { Type }] of Object.entries(template.resources))
        event(isNew ? "CREATE_COMPLETE" : "UPDATE_COMPLETE", logicalId, String(Type));
      Object.assign(stack, template);
      stack.status = isNew ? "CREATE_COMPLETE" : "UPDATE_COMPLETE";
    };
  }
}

const EMPTY = { resources: {}, nested: {}, outputs: {}, polls: 0, after: undefined };

export const physicalId = (stackName: string, logicalId: string) => `${stackName}-${logicalId}`.toLowerCase();

function resourcesIn(value: unknown): Resources {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([id, resource]) => (isRecord(resource) ? [[id, resource]] : [])),
  );
}

function changesBetween(
  before: Resources,
  after: Resources,
  nestedId: (type: string) => string | undefined = () => undefined,
): object[] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return ids.flatMap((LogicalResourceId) => {
    const [old, current] = [before[LogicalResourceId], after[LogicalResourceId]];
    if (isDeepStrictEqual(old, current)) return [];
    const ResourceType = String((current ?? old)?.Type);
    const names = [fieldsOf(old?.Properties), fieldsOf(current?.Properties)];
    const changed = [...new Set(names.flatMap((properties) => Object.keys(properties)))].filter(
      (name) => !isDeepStrictEqual(names[0]?.[name], names[1]?.[name]),
    );
    const isReplaced =
      old !== undefined && changed.some((name) => REPLACING[ResourceType]?.includes(name) === true);
    const keeps = /Retain/.test(
      String(old?.[current === undefined ? "DeletionPolicy" : "UpdateReplacePolicy"]),
    );
    const nested = nestedId(ResourceType);
    return {
      Type: "Resource",
      ResourceChange: {
        Action: old === undefined ? "Add" : current === undefined ? "Remove" : "Modify",
        LogicalResourceId,
        ResourceType,
        ...(nested === undefined ? {} : { ChangeSetId: nested }),
        ...(old === undefined || current === undefined ? {} : { Replacement: isReplaced ? "True" : "False" }),
        ...(current === undefined || isReplaced
          ? {
              PolicyAction: isReplaced
                ? keeps
                  ? "ReplaceAndRetain"
                  : "ReplaceAndDelete"
                : keeps
                  ? "Retain"
                  : "Delete",
            }
          : {}),
        Details:
          old === undefined || current === undefined
            ? []
            : changed.map((Name) => ({ Target: { Attribute: "Properties", Name } })),
      },
    };
  });
}
