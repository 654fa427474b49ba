/** Makes the calls of the contracts' examples, over the real handlers, with the Stripe emulator. */
import { randomUUID } from "node:crypto";
import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { objectState } from "../../lib/events/object-state.ts";
import { readSnapshot } from "../../lib/events/stripe-event.ts";
import { type NotificationType, notificationTypes } from "../../lib/notifications/notification.ts";
import { moveDate } from "../../local/clock.ts";
import { queryOf } from "../../scripts/capability-docs/query-of.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import { lambdaContext } from "../steps/given.ts";
import { clientOf } from "../steps/given-stripe-emulator.ts";
import { emulatorClient } from "../steps/stripe-emulator-client.ts";
import * as when from "../steps/when.ts";
import { EXAMPLE_OBJECTS } from "./example-objects.ts";
import { maskResponse } from "./mask-response.ts";

/** When every example happens, so that its times are the same in every run. */
const NOW = new Date("2027-01-15T09:30:00Z");

/** A text of this form in an example has to be the name of an object. */
const LOOKS_LIKE_ID = /^(cus|pi|pm|sub|price|prod|in|cn|seti|quote)_\w+$/;

/** What came of an example's call. */
export interface PlayedExample {
  readonly status: number;
  /** The outputs, or the problem, without what differs from run to run. */
  readonly response: unknown;
  /** The types of Stripe's events that the call caused, in alphabetical order. */
  readonly events: readonly string[];
  /** The types of the notifications that follow from these events. */
  readonly notifications: readonly NotificationType[];
}

export interface Examples {
  /** Makes the objects that the contract's example names, and its call. */
  play(contract: Contract): Promise<PlayedExample>;
  close(): Promise<void>;
}

/**
 * Starts Stripe, and stops the clock of this test file. `contracts`: all of them. The tables come from
 * `given.localAws()`.
 */
export async function startExamples(contracts: readonly Contract[]): Promise<Examples> {
  const machineNow = Date.now;
  moveDate(() => NOW.getTime() - machineNow());
  const emulator = await startStripeEmulator({ port: 0, now: () => NOW.getTime() / 1000 });
  Object.assign(process.env, {
    STRIPE_API_BASE: emulator.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    EMAIL_FROM: "shop@example.com",
  });
  await verifySender("shop@example.com");
  const stripe = clientOf(emulator);
  const { lastEvent, eventsSince } = emulatorClient(emulator.url);
  const shownOrigin = "https://stripe.example.com";
  const shown = new Map([
    [`${emulator.url}/_emulator`, shownOrigin],
    [emulator.url, shownOrigin],
  ]);

  const call = async (capability: string, inputs: object) => {
    const contract = contracts.find(({ capabilityId }) => capabilityId === capability);
    if (contract === undefined) throw new Error(`${capability} is not a capability`);
    const { status, body } = await respond(contract, inputs);
    if (status !== 200) throw new Error(`${capability} responded with ${status}: ${JSON.stringify(body)}`);
    return body;
  };

  return {
    async play(contract) {
      const made = new Map<string, Promise<string>>();
      const object = (name: string): Promise<string> => {
        const make = EXAMPLE_OBJECTS[name];
        if (make === undefined) throw new Error(unknownObject(contract, name));
        const id = made.get(name) ?? make({ stripe, object, call });
        made.set(name, id);
        return id;
      };
      const inputs = await withIds(contract.example ?? {}, object);
      const before = await lastEvent();
      const { status, body } = await respond(contract, inputs);
      const events = await eventsSince(before);
      const names = await Promise.all([...made].map(async ([name, id]) => [await id, name] as const));
      return {
        status,
        response: maskResponse(body, new Map([...shown, ...names])),
        events: inOrder(events.map(({ type }) => type)),
        notifications: inOrder(events.flatMap(notificationsOf)),
      };
    },
    close: () => emulator.close(),
  };
}

/** SES sends mail only from an address that it has verified. */
async function verifySender(EmailAddress: string): Promise<void> {
  const ses = new SESClient({});
  await ses.send(new VerifyEmailIdentityCommand({ EmailAddress }));
  ses.destroy();
}

/** Calls the handler as docs/capabilities.md shows it: with GET if a query can carry the inputs. */
async function respond(contract: Contract, inputs: object) {
  const { capabilityId } = contract;
  const { handler } = await import(`../../generated/handlers/${capabilityId}.ts`);
  const path = `/api/capabilities/${capabilityId}`;
  const query = queryOf(contract, inputs);
  const call =
    query === undefined
      ? { path, body: inputs, headers: { "idempotency-key": randomUUID() } }
      : { path, method: "GET", query };
  return when.callsForJson(handler, call, lambdaContext(25_000));
}

/** `value` with the ids of objects in the place of their names. */
async function withIds<T>(value: T, object: (name: string) => Promise<string>): Promise<T>;
async function withIds(value: unknown, object: (name: string) => Promise<string>): Promise<unknown> {
  if (typeof value === "string") return LOOKS_LIKE_ID.test(value) ? object(value) : value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => withIds(item, object)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([name, item]) => [name, await withIds(item, object)]);
  return Object.fromEntries(await Promise.all(entries));
}

function unknownObject({ capabilityId }: Contract, name: string): string {
  const known = Object.keys(EXAMPLE_OBJECTS).join(", ");
  return `The example of functions/${capabilityId}/contract.yml names "${name}": add it to test/docs/example-objects.ts, or name one of ${known}`;
}

/** What the application is told of an event that is the first to report its object's state. */
function notificationsOf(emulated: object): readonly NotificationType[] {
  const event = readSnapshot(emulated);
  if (event === undefined) return [];
  const told = objectState(event.object, event.type);
  return notificationTypes({ event, told, current: told, isStale: false });
}

const inOrder = <T extends string>(types: readonly T[]): readonly T[] => [...new Set(types)].sort();
