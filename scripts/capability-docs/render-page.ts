/** docs/capabilities.md, from the contracts, the policies and the responses to the examples. Pure. */
import { AREA_NAMES, AREAS } from "../../lib/compiler/contract/areas.ts";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import type { Callers } from "./callers.ts";
import { fieldTable, table } from "./field-table.ts";
import { queryOf } from "./query-of.ts";

/** A capability with what its contract does not say by itself. */
export interface Documented {
  readonly contract: Contract;
  readonly callers: Callers;
  /** The outputs of the example's call. */
  readonly response: unknown;
  /** The types of Stripe's events that the example caused. */
  readonly events: readonly string[];
}

/** Capabilities without an area are not on the page. */
export function renderPage(capabilities: readonly Documented[]): string {
  const areas = AREA_NAMES.map((name) => ({
    title: AREAS[name],
    members: capabilities.filter(({ contract }) => contract.area === name),
  })).filter(({ members }) => members.length > 0);
  const overview = areas.flatMap(({ title, members }) => members.map((member) => overviewRow(title, member)));
  const lines = [
    ...HEAD,
    ...table(["area", "capability", "what it is for", "roles"], overview),
    "",
    ...areas.flatMap(({ title, members }) => [`## ${title}`, "", ...members.flatMap(section)]),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

const HEAD = `# Capabilities

<!-- Written by \`npm run docs\` from functions/*/contract.yml and policies/. A test compares it with what that command writes. -->

What callers can do: \`POST /api/capabilities/<capability>\`, with an API key, and with an \`Idempotency-Key\` where something changes.
Capabilities that only read take a GET request, too. [errors.md](errors.md) has the responses to calls that are refused.

- **Amounts** are whole numbers in the currency's smallest unit: 4200 is $42.00, and ¥4200. **Times** are UTC, in ISO 8601.
- **Lists** have \`items\`, and \`next\` if there are more: send it as \`after\`.
- **Who may call it** is what the shipped policies decide about the example ([policy.md](policy.md)); \`agent with approval\` needs an [approval](approvals.md). A key that is bound to a
  customer sees and changes only that customer's objects.
- **Examples** are calls that a test makes. An id such as \`pi_paid\` is the name of an object in that test, and \`...\` stands for
  what differs in each call.
- **What follows**: the events are those that the example caused at Stripe. The [notifications](notifications.md) are those that a call can
  cause, immediately or later, such as when the payer pays.
`.split("\n");

function overviewRow(area: string, { contract, callers }: Documented): readonly string[] {
  const { capabilityId, description = "" } = contract;
  return [area, `[${capabilityId}](#${capabilityId})`, description, callers.overHttp.join(", ")];
}

function section({ contract, callers, response, events }: Documented): readonly string[] {
  const { capabilityId, description = "", inputs, outputs } = contract;
  return [
    `### ${capabilityId}`,
    "",
    `${description}.`,
    "",
    `**Who may call it**: ${callersText(callers)}`,
    "",
    "**Inputs**",
    "",
    ...fieldTable(inputs, "required"),
    "",
    "**Outputs**",
    "",
    ...fieldTable(outputs, "always present"),
    "",
    "**Example**",
    "",
    "```http",
    ...request(contract),
    "```",
    "",
    "```json",
    ...JSON.stringify(response, undefined, 2).split("\n"),
    "```",
    "",
    `**What follows**: ${consequences(contract, events)}`,
    "",
  ];
}

function callersText({ overHttp, asStep, whenBound, limits }: Callers): string {
  const isSame = asStep === undefined || asStep.join() === overHttp.join();
  const roles = isSame
    ? `${listOf(overHttp)}${asStep === undefined ? "" : ", over HTTP and as a step of a workflow"}.`
    : `${listOf(overHttp)} over HTTP; ${listOf(asStep)} as a step of a workflow.`;
  const bound = whenBound
    ? " A key that is bound to a customer can call it for that customer."
    : " A key that is bound to a customer cannot call it.";
  const denials = limits.length === 0 ? "" : ` Rules that can deny a call: ${listOf(limits)}.`;
  return `${roles}${bound}${denials}`;
}

function request(contract: Contract): readonly string[] {
  const { capabilityId, example = {}, readOnly } = contract;
  const path = `/api/capabilities/${capabilityId}`;
  const query = queryOf(contract, example);
  if (query !== undefined) {
    const pairs = Object.entries(query).map(([name, text]) => `${name}=${encodeURIComponent(text)}`);
    return [`GET ${path}${pairs.length === 0 ? "" : "?"}${pairs.join("&")}`, KEY];
  }
  const idempotency = readOnly === true ? [] : ["Idempotency-Key: one-of-your-own"];
  return [
    `POST ${path}`,
    KEY,
    ...idempotency,
    "Content-Type: application/json",
    "",
    ...JSON.stringify(example, undefined, 2).split("\n"),
  ];
}

const KEY = "Authorization: Bearer your-api-key";

function consequences({ readOnly, notifications = [] }: Contract, events: readonly string[]): string {
  if (readOnly === true) return "nothing; it only reads.";
  const atStripe = events.length === 0 ? "no events at Stripe" : `events at Stripe: ${listOf(events)}`;
  const told = notifications.length === 0 ? "no notifications" : `notifications: ${listOf(notifications)}`;
  return `${atStripe}; ${told}.`;
}

/** `a`, `b` and `c`, as code; "nobody" for an empty list. */
function listOf(words: readonly string[]): string {
  const codes = words.map((word) => `\`${word}\``);
  if (codes.length < 2) return codes[0] ?? "nobody";
  return `${codes.slice(0, -1).join(", ")} and ${codes.at(-1)}`;
}
