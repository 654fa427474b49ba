/** A change set: CloudFormation's own account of what a template would change, and the way to change exactly that. */
import {
  type Capability,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  ExecuteChangeSetCommand,
  type Change as SdkChange,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import { Problem } from "../../lib/errors.ts";
import type { AwsClients } from "./aws-clients.ts";
import type { Change, Effect } from "./change-plan.ts";
import { stackNow } from "./stack.ts";

type CloudFormation = Pick<AwsClients, "cloudFormation">;

export interface ChangeSet {
  readonly id: string;
  /** Without those of the nested stack as a whole: its resources are listed instead. */
  readonly changes: readonly Change[];
}

const NESTED_STACK = "AWS::CloudFormation::Stack";
/** The roles have names. */
const CAPABILITIES: Capability[] = ["CAPABILITY_NAMED_IAM"];

/** How to wait: tests wait for less time. */
export interface Patience {
  readonly pollMs: number;
  /** Called with every line about the progress. */
  readonly print: (line: string) => void;
}

/**
 * Makes the change set from the template in the bucket, for the nested stack, too. Undefined if it would change nothing. Throws
 * BAD_REQUEST with CloudFormation's reason if the template cannot be applied.
 */
export async function createChangeSet(
  clients: CloudFormation,
  stackName: string,
  template: { readonly TemplateURL: string } | { readonly TemplateBody: string },
  kind: "CREATE" | "UPDATE",
  { pollMs }: Patience,
): Promise<ChangeSet | undefined> {
  const name = `deploy-${Date.now().toString(36)}`;
  const { Id: id = "" } = await clients.cloudFormation.send(
    new CreateChangeSetCommand({
      StackName: stackName,
      ChangeSetName: name,
      ChangeSetType: kind,
      ...template,
      Capabilities: CAPABILITIES,
      IncludeNestedStacks: true,
    }),
  );
  for (;;) {
    const { status, reason, changes } = await describe(clients, id);
    if (status === "CREATE_COMPLETE") {
      const all = await withNested(clients, changes);
      if (all.length > 0) return { id, changes: all };
      await discardChangeSet(clients, id);
      return undefined;
    }
    if (status === "FAILED") {
      await discardChangeSet(clients, id);
      if (/didn't contain changes|No updates are to be performed/i.test(reason)) return undefined;
      throw new Problem("BAD_REQUEST", `CloudFormation refuses the template of ${stackName}: ${reason}`);
    }
    await new Promise((waited) => setTimeout(waited, pollMs));
  }
}

/** Nothing is left of it. */
export async function discardChangeSet({ cloudFormation }: CloudFormation, id: string): Promise<void> {
  await cloudFormation.send(new DeleteChangeSetCommand({ ChangeSetName: id }));
}

/**
 * Changes what the change set says, and waits for the end. Throws CONFLICT with the reasons of the resources that failed if
 * CloudFormation undoes it.
 */
export async function executeChangeSet(
  clients: CloudFormation,
  stackName: string,
  { id }: Pick<ChangeSet, "id">,
  { pollMs, print }: Patience,
): Promise<void> {
  const seen = new Set<string>();
  await newEvents(clients, stackName, seen);
  await clients.cloudFormation.send(new ExecuteChangeSetCommand({ ChangeSetName: id }));
  const reasons: string[] = [];
  for (;;) {
    const status = (await stackNow(clients, stackName))?.status ?? "DELETE_COMPLETE";
    for (const event of await newEvents(clients, stackName, seen)) {
      if (event.failed) reasons.push(event.line);
      print(event.line);
    }
    if (!status.endsWith("_IN_PROGRESS") || status.endsWith("_CLEANUP_IN_PROGRESS")) {
      if (status.startsWith("CREATE_COMPLETE") || status.startsWith("UPDATE_COMPLETE")) return;
      throw new Problem(
        "CONFLICT",
        `CloudFormation has undone the change of ${stackName} (${status}):\n${reasons.join("\n") || "look at its events"}`,
      );
    }
    await new Promise((waited) => setTimeout(waited, pollMs));
  }
}

interface ShownEvent {
  readonly line: string;
  readonly failed: boolean;
}

/** What has ended or failed, the oldest first, without the events that were seen before. Adds them to `seen`. */
async function newEvents(
  clients: CloudFormation,
  stackName: string,
  seen: Set<string>,
): Promise<ShownEvent[]> {
  const fresh: StackEvent[] = [];
  // The latest first, so that everything behind one that was seen was seen, too.
  for (let NextToken: string | undefined, isDone = false; !isDone; ) {
    const page = await clients.cloudFormation.send(
      new DescribeStackEventsCommand({
        StackName: stackName,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    const events = page.StackEvents ?? [];
    const known = events.findIndex(({ EventId = "" }) => seen.has(EventId));
    fresh.push(...events.slice(0, known === -1 ? undefined : known));
    NextToken = page.NextToken;
    isDone = known !== -1 || NextToken === undefined;
  }
  for (const { EventId = "" } of fresh) seen.add(EventId);
  return fresh.reverse().flatMap((event) => {
    const { ResourceStatus = "", LogicalResourceId, ResourceType, ResourceStatusReason } = event;
    const failed = ResourceStatus.endsWith("_FAILED");
    if (!failed && !ResourceStatus.endsWith("_COMPLETE")) return [];
    const reason = failed && ResourceStatusReason !== undefined ? `: ${ResourceStatusReason}` : "";
    return { line: `${ResourceStatus} ${LogicalResourceId} (${ResourceType})${reason}`, failed };
  });
}

interface Described {
  readonly status: string;
  readonly reason: string;
  readonly changes: readonly SdkChange[];
}

async function describe({ cloudFormation }: CloudFormation, ChangeSetName: string): Promise<Described> {
  const changes: SdkChange[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await cloudFormation.send(
      new DescribeChangeSetCommand({ ChangeSetName, ...(NextToken === undefined ? {} : { NextToken }) }),
    );
    changes.push(...(page.Changes ?? []));
    NextToken = page.NextToken;
    if (NextToken === undefined)
      return { status: page.Status ?? "", reason: page.StatusReason ?? "", changes };
  }
}

/** The change of a nested stack stands for the changes of its resources, which are in a change set of their own. */
async function withNested(clients: CloudFormation, changes: readonly SdkChange[]): Promise<Change[]> {
  const all: Change[] = [];
  for (const { ResourceChange } of changes) {
    if (ResourceChange === undefined) continue;
    const { ChangeSetId: nested, ResourceType: type = "" } = ResourceChange;
    if (type === NESTED_STACK && nested !== undefined && ResourceChange.Action !== "Remove")
      all.push(...(await withNested(clients, (await describe(clients, nested)).changes)));
    else
      all.push({
        effect: effectOf(ResourceChange.Action, ResourceChange.Replacement),
        logicalId: ResourceChange.LogicalResourceId ?? "",
        type,
        because: [
          ...new Set(
            (ResourceChange.Details ?? []).flatMap(({ Target }) => Target?.Name ?? Target?.Attribute ?? []),
          ),
        ],
        isKept: /Retain/.test(ResourceChange.PolicyAction ?? ""),
      });
  }
  return all;
}

function effectOf(action: string | undefined, replacement: string | undefined): Effect {
  if (action === "Add") return "add";
  if (action === "Import") return "import";
  if (action === "Remove") return "REMOVE";
  if (replacement === "True") return "REPLACE";
  return replacement === "Conditional" ? "may REPLACE" : "modify";
}
