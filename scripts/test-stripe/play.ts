/** Plays a scenario against one side. */
import { isDeepStrictEqual } from "node:util";
import { Problem } from "../../lib/errors.ts";
import type { Expected, Parameter, Parameters, Scenario, Step } from "./scenario.ts";
import { type Json, type Response, type Side, send } from "./side.ts";

export interface Played {
  readonly responses: ReadonlyMap<string, Response>;
  /** The types of the events about what the scenario made, in the order of the list of events, oldest first. */
  readonly events: readonly string[];
  /** What was not as the scenario expects it. */
  readonly failures: readonly string[];
}

/** A server on this machine records events before it responds. */
const EVENTS_WITHIN_MS = { local: 1_000, remote: 20_000 };
const POLL_MS = 250;

/**
 * Sends the requests one after another. Waits until there are `awaited` events, if they come in time: Stripe records some
 * of them after the response. A scenario whose request failed is not played further.
 */
export async function play(side: Side, { steps }: Scenario, awaited: number): Promise<Played> {
  const responses = new Map<string, Response>();
  const failures: string[] = [];
  const before = await newestEvent(side);
  for (const step of steps) {
    const path = filledText(step.path, responses);
    const response = await send(side, step.method, path, filled(step.parameters, responses));
    responses.set(step.name, response);
    failures.push(...failuresOf(step, response).map((failure) => `${step.name}: ${failure}`));
    if (response.status !== step.status) break;
  }
  const ids = new Set([...responses.values()].flatMap(({ body }) => idsIn(body)));
  return { responses, events: await eventsAbout(side, ids, before, awaited), failures };
}

/** Removes what a scenario leaves behind. Its other objects cannot be deleted. */
export async function cleanUp(side: Side, { responses }: Played): Promise<void> {
  for (const { body } of responses.values()) {
    const { object, id }: { object?: unknown; id?: unknown } = Object(body);
    if (object === "customer" && typeof id === "string") await send(side, "DELETE", `/v1/customers/${id}`);
  }
}

/** Those after the event `before`, oldest first. */
async function eventsAbout(
  side: Side,
  ids: ReadonlySet<string>,
  before: string | undefined,
  awaited: number,
): Promise<string[]> {
  const isLocal = new URL(side.base).protocol === "http:";
  const deadline = Date.now() + EVENTS_WITHIN_MS[isLocal ? "local" : "remote"];
  for (;;) {
    const types = (await eventsAfter(side, before))
      .filter(({ data }) => idsIn(data.object).some((id) => ids.has(id)))
      .map(({ type }) => type);
    if (types.length >= awaited || Date.now() > deadline) return types;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

interface ListedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly object: Json };
}

async function newestEvent(side: Side): Promise<string | undefined> {
  return (await eventPage(side, { limit: 1 })).data[0]?.id;
}

async function eventsAfter(side: Side, before: string | undefined): Promise<ListedEvent[]> {
  const listed: ListedEvent[] = [];
  let cursor = before;
  for (;;) {
    const page = await eventPage(side, {
      limit: 100,
      ...(cursor === undefined ? {} : { ending_before: cursor }),
    });
    // Newest first.
    listed.push(...page.data.reverse());
    cursor = listed.at(-1)?.id;
    if (!page.more || cursor === undefined || before === undefined) return listed;
  }
}

async function eventPage(
  side: Side,
  parameters: Parameters,
): Promise<{ data: ListedEvent[]; more: boolean }> {
  const { body } = await send(side, "GET", "/v1/events", parameters);
  const { data, has_more: more }: { data?: ListedEvent[]; has_more?: boolean } = Object(body);
  if (data === undefined) throw new Problem("BAD_REQUEST", `${side.name} does not list its events`);
  return { data, more: more ?? false };
}

/** The ids of an object and of those that it names directly. */
function idsIn(body: Json): string[] {
  const values =
    typeof body === "object" && body !== null && !Array.isArray(body) ? Object.entries(body) : [];
  return values.flatMap(([name, value]) =>
    typeof value === "string" && (name === "id" || /^[a-z_]+_(?=.*[0-9A-Z])[A-Za-z0-9]{8,}$/.test(value))
      ? [value]
      : [],
  );
}

function failuresOf({ status, expected }: Step, response: Response): string[] {
  const body: { error?: Json } = Object(response.body);
  const subject = body.error ?? response.body;
  const failures = Object.entries(expected).flatMap(([name, value]) =>
    mismatches(name, value, fieldOf(subject, name)),
  );
  if (response.status === status) return failures;
  const why = body.error === undefined ? "" : ` (${String(Object(body.error).message ?? "")})`;
  return [`status: expected ${status}, got ${response.status}${why}`, ...failures];
}

function mismatches(path: string, expected: Expected, actual: Json | undefined): string[] {
  if (Array.isArray(expected)) {
    const items = Array.isArray(actual) ? actual : undefined;
    if (items?.length !== expected.length)
      return [`${path}: expected a list of ${expected.length}, got ${shown(items?.length ?? actual)}`];
    return expected.flatMap((item: Expected, index) => mismatches(`${path}[${index}]`, item, items[index]));
  }
  if (typeof expected === "object" && expected !== null) {
    return Object.entries(expected).flatMap(([name, value]) =>
      mismatches(`${path}.${name}`, value, actual === undefined ? undefined : fieldOf(actual, name)),
    );
  }
  return isDeepStrictEqual(expected, actual)
    ? []
    : [`${path}: expected ${shown(expected)}, got ${shown(actual)}`];
}

function fieldOf(value: Json, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function filled(parameters: Parameters, responses: ReadonlyMap<string, Response>): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, filledValue(value, responses)]),
  );
}

function filledValue(value: Parameter, responses: ReadonlyMap<string, Response>): Parameter {
  if (typeof value === "string") return filledText(value, responses);
  if (Array.isArray(value)) return value.map((item: Parameter) => filledValue(item, responses));
  return typeof value === "object" ? filled(Object.fromEntries(Object.entries(value)), responses) : value;
}

/** Replaces `{step.field.0.field}` by that part of the step's response. */
function filledText(text: string, responses: ReadonlyMap<string, Response>): string {
  return text.replaceAll(/\{(\w+)\.([\w.]+)\}/g, (reference, name: string, path: string) => {
    let value: unknown = responses.get(name)?.body;
    for (const key of path.split(".")) value = Object(value)[key];
    return value === undefined || value === null ? reference : String(value);
  });
}
