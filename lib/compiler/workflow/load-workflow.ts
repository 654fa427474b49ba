/** A workflow's YAML, read. What is wrong with a single place is noted here; what needs the contracts, in check-workflow. */
import { present } from "../../present.ts";
import { readFields } from "../contract/read-fields.ts";
import { SourceError } from "../source/source-issue.ts";
import { type YamlNode, YamlSource } from "../source/yaml-source.ts";
import type { RetryPolicy, Workflow, WorkflowStep } from "./workflow.ts";

const WORKFLOW_KEYS = ["workflowId", "version", "description", "inputs", "steps"];
const STEP_KEYS = ["id", "capability", "inputs", "onSuccess", "onFailure", "retry", "timeoutMs"];
const RETRY_KEYS = ["maxAttempts", "backoff", "delayMs", "maxDelayMs"];

/** Three executions within about ten seconds: enough for a throttled call, soon enough for a waiting person. */
const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  backoff: "exponential",
  delayMs: 1_000,
  maxDelayMs: 30_000,
};
/** Longer than any capability's Lambda may run. */
const DEFAULT_TIMEOUT_MS = 60_000;

const ID = /^[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*$/;
/** Step Functions allows 80 characters for a state's name, and some names are a step's id and a few words. */
const MAX_ID_LENGTH = 60;
/** A Lambda runs for at most 15 minutes: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const MAX_TIMEOUT_MS = 900_000;
const MAX_DELAY_MS = 86_400_000;

/** The workflow in `text`, and its source for what is found wrong later. Throws a SourceError when it cannot be read. */
export function loadWorkflow(
  file: string,
  text: string,
): { readonly workflow: Workflow; readonly source: YamlSource } {
  const source = new YamlSource(file, text);
  const { root } = source;
  root.knownEntries("the workflow", WORKFLOW_KEYS);
  const workflowId = identifier(root.get("workflowId"), root, "workflowId");
  const version = root.get("version")?.written;
  if (!version) (root.get("version") ?? root).issue("the workflow has no version, such as 1.0.0");
  const steps = (root.get("steps")?.items ?? []).map(readStep);
  if (steps.length === 0) (root.get("steps") ?? root).issue("steps must be a list of at least one step");
  const inputs = root.get("inputs");
  for (const [index, step] of steps.entries()) {
    const twice = steps.findIndex(({ id }) => id === step.id) !== index;
    if (twice) step.node.get("id")?.issue(`there is another step "${step.id}" before; ids must differ`);
  }
  if (source.issues.length > 0) throw new SourceError(source.issues);
  const workflow: Workflow = {
    workflowId,
    version: version ?? "",
    ...(inputs === undefined ? {} : { inputs: readFields(inputs, "inputs") }),
    steps,
  };
  return { workflow, source };
}

function readStep(node: YamlNode): WorkflowStep {
  node.knownEntries("a step", STEP_KEYS);
  const id = identifier(node.get("id"), node, "id");
  const capability = node.get("capability")?.text ?? "";
  if (capability === "") (node.get("capability") ?? node).issue(`step "${id}" names no capability`);
  const inputs = node.get("inputs");
  if (inputs !== undefined && inputs.entries === undefined && inputs.value !== null) {
    inputs.issue(`inputs of step "${id}" must be a map`);
  }
  const onSuccess = target(node.get("onSuccess"));
  const onFailure = target(node.get("onFailure"));
  return {
    id,
    capability,
    inputs: inputs?.value ?? {},
    ...present({ onSuccess, onFailure }),
    retry: readRetry(node.get("retry")),
    timeoutMs: milliseconds(node.get("timeoutMs"), "timeoutMs", MAX_TIMEOUT_MS) ?? DEFAULT_TIMEOUT_MS,
    node,
  };
}

function identifier(node: YamlNode | undefined, parent: YamlNode, what: string): string {
  const text = node?.text ?? "";
  if (!ID.test(text) || text.length > MAX_ID_LENGTH) {
    (node ?? parent).issue(
      `${what} must be words joined by hyphens, such as create-customer, of at most ${MAX_ID_LENGTH} characters`,
    );
  }
  return text;
}

function target(node: YamlNode | undefined): string | undefined {
  if (node !== undefined && node.text === undefined) node.issue("must be the id of a step");
  return node?.text;
}

function readRetry(node: YamlNode | undefined): RetryPolicy {
  if (node === undefined) return DEFAULT_RETRY;
  node.knownEntries("retry", RETRY_KEYS);
  const maxAttempts = node.get("maxAttempts")?.value ?? DEFAULT_RETRY.maxAttempts;
  const backoff = node.get("backoff")?.value ?? DEFAULT_RETRY.backoff;
  const wellCounted =
    typeof maxAttempts === "number" &&
    Number.isInteger(maxAttempts) &&
    maxAttempts >= 1 &&
    maxAttempts <= 100;
  if (!wellCounted)
    node
      .get("maxAttempts")
      ?.issue("maxAttempts must be a whole number from 1 to 100; it counts the first execution too");
  if (backoff !== "exponential" && backoff !== "linear")
    node.get("backoff")?.issue("backoff must be exponential or linear");
  const delayMs = milliseconds(node.get("delayMs"), "delayMs", MAX_DELAY_MS) ?? DEFAULT_RETRY.delayMs;
  const maxDelayMs =
    milliseconds(node.get("maxDelayMs"), "maxDelayMs", MAX_DELAY_MS) ??
    Math.max(DEFAULT_RETRY.maxDelayMs, delayMs);
  if (maxDelayMs < delayMs) node.get("maxDelayMs")?.issue("maxDelayMs must not be below delayMs");
  return {
    maxAttempts: wellCounted ? maxAttempts : DEFAULT_RETRY.maxAttempts,
    backoff: backoff === "linear" ? "linear" : "exponential",
    delayMs,
    maxDelayMs,
  };
}

function milliseconds(node: YamlNode | undefined, what: string, most: number): number | undefined {
  if (node === undefined) return undefined;
  const { value } = node;
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= most) return value;
  node.issue(`${what} must be a whole number of milliseconds from 1 to ${most}`);
  return undefined;
}
