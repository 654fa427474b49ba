/** Reads a workflow's YAML. Mistakes in a single place are noted here; those that need the contracts, in check-workflow. */
import { present } from "../../present.ts";
import { readFields } from "../contract/read-fields.ts";
import { readIdentifier } from "../source/identifier.ts";
import { type YamlNode, YamlSource } from "../source/yaml-source.ts";
import { textNodes } from "./check-wait.ts";
import { WAITING_FUNCTION } from "./wait.ts";
import { BACKOFFS, type RetryPolicy, type Workflow, type WorkflowStep } from "./workflow.ts";
import {
  MAX_ATTEMPTS,
  MAX_DELAY_MS,
  MAX_RUN_MS,
  MAX_TIMEOUT_MS,
  MAX_WORKFLOW_ID_LENGTH,
  RETRY_KEYS,
  STEP_KEYS,
  WAIT_KEYS,
  WORKFLOW_KEYS,
} from "./workflow-keys.ts";

/** Three executions within about ten seconds: enough for a throttled call, soon enough for a waiting person. */
const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  backoff: "exponential",
  delayMs: 1_000,
  maxDelayMs: 30_000,
};
/** Longer than any capability's Lambda can run. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** The workflow in `text` as far as it can be understood, and its source with the issues found. */
export function loadWorkflow(
  file: string,
  text: string,
): { readonly workflow: Workflow; readonly source: YamlSource } {
  const source = new YamlSource(file, text);
  const { root } = source;
  root.knownEntries("the workflow", WORKFLOW_KEYS);
  const workflowId =
    readIdentifier(root, "workflowId", WORKFLOW_KEYS, "create-customer", MAX_WORKFLOW_ID_LENGTH) ?? "";
  const workflow: Workflow = {
    workflowId,
    version: readVersion(root),
    ...present({ inputs: readInputs(root, source) }),
    steps: readSteps(root),
  };
  return { workflow, source };
}

function readVersion(root: YamlNode): string {
  const node = root.get("version");
  const version = node?.written ?? "";
  if (version === "" && (node !== undefined || root.lacks("version", WORKFLOW_KEYS)))
    (node ?? root).issue("the workflow needs a version, such as 1.0.0");
  return version;
}

/** Declared inputs with mistakes are ignored. Otherwise correct references to them would be reported too. */
function readInputs(root: YamlNode, source: YamlSource): Workflow["inputs"] {
  const node = root.get("inputs");
  const before = source.issues.length;
  const inputs = node === undefined ? undefined : readFields(node, "inputs");
  return source.issues.length > before ? undefined : inputs;
}

function readSteps(root: YamlNode): WorkflowStep[] {
  const node = root.get("steps");
  const steps = (node?.items ?? []).map(readStep);
  if (steps.length === 0 && (node !== undefined || root.lacks("steps", WORKFLOW_KEYS)))
    (node ?? root).issue("steps must be a list of at least one step");
  for (const [index, step] of steps.entries()) {
    const twice = steps.findIndex(({ id }) => id === step.id) !== index;
    if (twice && step.id !== "")
      step.node.get("id")?.issue(`step "${step.id}" already exists; ids must be unique`);
  }
  return steps;
}

function readStep(node: YamlNode): WorkflowStep {
  node.knownEntries("a step", STEP_KEYS);
  const id = readIdentifier(node, "id", STEP_KEYS, "create-customer") ?? "";
  const wait = node.get("wait");
  if (wait !== undefined) return readWaitingStep(id, node, wait);
  const capabilityNode = node.get("capability");
  const capability = capabilityNode?.text ?? "";
  if (capability === "" && (capabilityNode !== undefined || node.lacks("capability", STEP_KEYS)))
    (capabilityNode ?? node).issue(`step "${id}" does not name a capability, and waits for no event`);
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

/** Keys of a step that calls a capability. */
const OF_A_CALL = ["capability", "inputs", "retry", "timeoutMs"];

/** How long the retries of a wait can take that could not begin: see compile.ts. */
const UNTIL_BEGUN: RetryPolicy = { ...DEFAULT_RETRY, maxAttempts: 1, maxDelayMs: 600_000 };

function readWaitingStep(id: string, node: YamlNode, wait: YamlNode): WorkflowStep {
  for (const { key, keyNode } of node.entries ?? []) {
    if (OF_A_CALL.includes(key))
      keyNode.issue(
        key === "timeoutMs"
          ? `step "${id}" waits, so its timeoutMs belongs inside wait`
          : `step "${id}" waits, so it has no ${key}`,
      );
  }
  wait.knownEntries("wait", WAIT_KEYS);
  for (const key of ["event", "object", "timeoutMs"])
    if (wait.lacks(key, WAIT_KEYS)) wait.issue(`the wait of step "${id}" needs ${key}`);
  const events = readTypes(wait, "event");
  const failOn = readTypes(wait, "failOn");
  const objectNode = wait.get("object");
  const object = objectNode?.text ?? "";
  if (object === "") objectNode?.issue("object must be an id, or a reference to one");
  const timeoutMs = milliseconds(wait.get("timeoutMs"), "timeoutMs", MAX_RUN_MS) ?? DEFAULT_TIMEOUT_MS;
  const onSuccess = target(node.get("onSuccess"));
  const onFailure = target(node.get("onFailure"));
  return {
    id,
    capability: WAITING_FUNCTION,
    inputs: { events, failOn, object, timeoutMs },
    wait: { events, failOn, object },
    ...present({ onSuccess, onFailure }),
    retry: UNTIL_BEGUN,
    timeoutMs,
    node,
  };
}

function readTypes(wait: YamlNode, key: "event" | "failOn"): string[] {
  const node = wait.get(key);
  const nodes = textNodes(node);
  const isWhole = nodes.length > 0 && nodes.length === (node?.items?.length ?? 1);
  if (node !== undefined && !isWhole) node.issue(`${key} must be the type of an event, or a list of types`);
  return nodes.map(({ text = "" }) => text);
}

function target(node: YamlNode | undefined): string | undefined {
  if (node !== undefined && node.text === undefined) node.issue("must be the id of a step");
  return node?.text;
}

function readRetry(node: YamlNode | undefined): RetryPolicy {
  if (node === undefined) return DEFAULT_RETRY;
  node.knownEntries("retry", RETRY_KEYS);
  const maxAttempts = node.get("maxAttempts")?.value ?? DEFAULT_RETRY.maxAttempts;
  const backoffNode = node.get("backoff");
  const backoff = BACKOFFS.find((known) => known === (backoffNode?.value ?? DEFAULT_RETRY.backoff));
  const wellCounted =
    typeof maxAttempts === "number" &&
    Number.isInteger(maxAttempts) &&
    maxAttempts >= 1 &&
    maxAttempts <= MAX_ATTEMPTS;
  if (!wellCounted)
    node
      .get("maxAttempts")
      ?.issue(
        `maxAttempts must be a whole number from 1 to ${MAX_ATTEMPTS}; it counts the first execution too`,
      );
  if (backoff === undefined) backoffNode?.issue(`backoff must be ${BACKOFFS.join(" or ")}`);
  const delayMs = milliseconds(node.get("delayMs"), "delayMs", MAX_DELAY_MS) ?? DEFAULT_RETRY.delayMs;
  const maxDelayMs =
    milliseconds(node.get("maxDelayMs"), "maxDelayMs", MAX_DELAY_MS) ??
    Math.max(DEFAULT_RETRY.maxDelayMs, delayMs);
  if (maxDelayMs < delayMs) node.get("maxDelayMs")?.issue("maxDelayMs must not be below delayMs");
  return {
    maxAttempts: wellCounted ? maxAttempts : DEFAULT_RETRY.maxAttempts,
    backoff: backoff ?? DEFAULT_RETRY.backoff,
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
