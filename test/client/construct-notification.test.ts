/** The check of a notification in applications, against our signatures and those of the specification's own library. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import {
  constructNotification,
  type Notification,
  NotificationError,
  type NotificationHeaders,
  type NotificationObjects,
  type NotificationOf,
} from "../../client/index.ts";
import { newSigningSecret, signatureHeaders } from "../../lib/endpoints/webhook-signature.ts";
import { NOTIFICATION_TYPES, type NotificationType } from "../../lib/notifications/notification.ts";
import { tries } from "../steps/effort.ts";

const runs = { numRuns: tries({ sample: 60, whole: 2_000 }) };
const AT = new Date("2026-11-27T10:00:00Z");
const clock = { now: () => AT.getTime() };
const SECRET = newSigningSecret();

const anyNotification = fc.record({
  version: fc.constant(1),
  id: fc.stringMatching(/^evt_\w{1,40}$/),
  type: fc.constantFrom(...NOTIFICATION_TYPES),
  object: fc.record({ type: fc.constant("payment_intent"), id: fc.string() }),
  application: fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })),
});
const anySecret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`);
/** The same headers, as the frameworks of several platforms give them. */
const FORMS: readonly ((headers: Readonly<Record<string, string>>) => NotificationHeaders)[] = [
  (headers) => ({ ...headers }),
  (headers) => new Headers({ ...headers }),
  (headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]])),
];

const signed = (body: string, at = AT, secrets = [SECRET]) =>
  signatureHeaders({ id: "evt_1", body, at }, secrets);
const BODY = JSON.stringify({ version: 1, id: "evt_1", type: "payment.succeeded" });

const reasonFor = (
  body: string | Uint8Array,
  headers: NotificationHeaders,
  secret: string | readonly string[] = SECRET,
) =>
  constructNotification(body, headers, secret, { clock }).then(
    () => "accepted",
    (thrown: unknown) => (thrown instanceof NotificationError ? thrown.reason : String(thrown)),
  );

describe("given a request with a notification", () => {
  it("what we sign is accepted, in whatever form the platform gives it, with any of several secrets", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyNotification,
        fc.array(anySecret, { minLength: 1, maxLength: 3 }),
        async (sent, secrets) => {
          const body = JSON.stringify(sent);
          const headers = signatureHeaders({ id: sent.id, body, at: AT }, secrets);
          for (const secret of secrets)
            for (const formed of FORMS)
              expect(
                await constructNotification(body, formed(headers), ["whsec_AAAA", secret], { clock }),
              ).toEqual(sent);
          const bytes = new TextEncoder().encode(body);
          expect(await constructNotification(bytes, headers, secrets, { clock })).toEqual(sent);
        },
      ),
      runs,
    );
  });

  it("what the specification's library signs is accepted", async () => {
    await fc.assert(
      fc.asyncProperty(anyNotification, anySecret, async (sent, secret) => {
        const body = JSON.stringify(sent);
        const headers = {
          "webhook-id": sent.id,
          "webhook-timestamp": String(AT.getTime() / 1000),
          "webhook-signature": `v1a,other ${new Webhook(secret).sign(sent.id, AT, body)}`,
        };
        expect(await constructNotification(body, headers, secret, { clock })).toEqual(sent);
      }),
      runs,
    );
  });

  it("one changed character of the body, the id, the time or the signature is refused", async () => {
    const headers: Record<string, string> = { ...signed(BODY) };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("body", "webhook-id", "webhook-timestamp", "webhook-signature"),
        fc.nat(),
        fc.constantFrom(..."0aZ"),
        async (part, at, character) => {
          const text = part === "body" ? BODY : (headers[part] ?? "");
          // The signature's version and its last character, of which not all bits count, are left as they are.
          const from = part === "webhook-signature" ? 3 : 0;
          const place = from + (at % (text.length - from - (part === "webhook-signature" ? 2 : 0)));
          const changed = text.slice(0, place) + character + text.slice(place + 1);
          fc.pre(changed !== text);
          const reason =
            part === "body"
              ? await reasonFor(changed, headers)
              : await reasonFor(BODY, { ...headers, [part]: changed });
          expect(reason).not.toBe("accepted");
        },
      ),
      runs,
    );
  });

  it.each([
    [301, "too-old"],
    [300, "accepted"],
    [0, "accepted"],
    [-300, "accepted"],
    [-301, "too-new"],
  ])("one that was signed %s seconds ago is %s", async (seconds, expected) => {
    expect(await reasonFor(BODY, signed(BODY, new Date(AT.getTime() - seconds * 1000)))).toBe(expected);
  });

  it("the tolerance can be another", async () => {
    const headers = signed(BODY, new Date(AT.getTime() - 10_000));
    const options = { clock, tolerance: 5 };
    await expect(constructNotification(BODY, headers, SECRET, options)).rejects.toMatchObject({
      reason: "too-old",
    });
  });

  it.each<[string, () => Promise<string>]>([
    ["missing-header", () => reasonFor(BODY, {})],
    ["missing-header", () => reasonFor(BODY, { ...signed(BODY), "webhook-signature": "" })],
    ["missing-header", () => reasonFor(BODY, new Headers())],
    ["invalid-timestamp", () => reasonFor(BODY, { ...signed(BODY), "webhook-timestamp": "now" })],
    ["wrong-signature", () => reasonFor(BODY, signed(BODY), newSigningSecret())],
    ["wrong-signature", () => reasonFor(BODY, signed(BODY), [])],
    ["wrong-signature", () => reasonFor(BODY, { ...signed(BODY), "webhook-signature": "v1,%%% v2,aaaa" })],
    ["invalid-secret", () => reasonFor(BODY, signed(BODY), "secret")],
    ["invalid-secret", () => reasonFor(BODY, signed(BODY), "whsec_%%%")],
    ["invalid-secret", () => reasonFor(BODY, signed(BODY), "whsec_")],
    ["unknown-body", () => reasonFor("not JSON", signed("not JSON"))],
    ["unknown-body", () => reasonFor('{"version":2}', signed('{"version":2}'))],
  ])("the reason is %s", async (reason, construct) => {
    expect(await construct()).toBe(reason);
  });

  it("an error does not contain the secret", async () => {
    const thrown = await constructNotification(BODY, signed(BODY), "whsec_%%%secret", { clock }).catch(
      String,
    );
    expect(thrown).not.toContain("%%%");
  });
});

describe("given the types of notifications", () => {
  it("each type of this service has one, and the type says what the object is", () => {
    // These lines fail to compile when a type is missing, or is there twice.
    const ours: keyof NotificationObjects = "payment.succeeded" satisfies NotificationType;
    const theirs: NotificationType = ours;
    const describeIt = (notification: Notification): string => {
      switch (notification.type) {
        case "payment.succeeded": {
          const type: "payment_intent" = notification.object.type;
          return type;
        }
        case "subscription.ended": {
          const same: NotificationOf<"subscription.ended"> = notification;
          const type: "subscription" = same.object.type;
          return type;
        }
        // @ts-expect-error: a misspelled type does not compile
        case "payment.suceeded":
          return "";
        default:
          // @ts-expect-error: an unknown field does not compile
          return notification.object.amuont;
      }
    };
    expect(theirs).toBe("payment.succeeded");
    expect(typeof describeIt).toBe("function");
  });
});
