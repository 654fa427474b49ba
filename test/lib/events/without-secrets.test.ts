import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { env } from "../../../lib/env.ts";
import { enqueueEvent, sendSigned } from "../../../lib/events/enqueue.ts";
import { queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { readQueuedEvent } from "../../../lib/events/stripe-event.ts";
import { withoutSecrets } from "../../../lib/events/without-secrets.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const SECRETS = [
  "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
  "seti_1Mm8s8_secret_NXDICkPqPeiBTAFqWmkbff09lRmSVXe",
  "src_client_secret_f5mYcPLd8oYkAhZlUsvNz2SE",
  "cs_test_a1b2_secret_fidwbEhqYWAnPydmcHZxanEn",
] as const;
const SECRET = /_secret_[A-Za-z0-9]/;

describe("given the body of an event", () => {
  it("no client secret is left, wherever it is, and everything else is unchanged to the last digit", () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.double(),
        fc.constant(null),
        tie("list"),
        tie("object"),
      ),
      list: fc.array(tie("value"), { maxLength: 3 }),
      object: fc.dictionary(fc.string({ maxLength: 8 }), tie("value"), { maxKeys: 4 }),
    })).object;
    fc.assert(
      fc.property(
        plain,
        fc.constantFrom(...SECRETS),
        fc.constantFrom(undefined, 2),
        (object, secret, space) => {
          const body = (clientSecret: unknown, url: string) =>
            JSON.stringify(
              { big: 1, object: { ...Object(object), client_secret: clientSecret, url } },
              null,
              space,
            ).replace('"big":1', '"big":12345678901234567890.10');
          const cleaned = withoutSecrets(
            body(secret, `https://shop.example/?payment_intent_client_secret=${secret}&x=1`),
          );

          expect(cleaned).toBe(
            body(null, "https://shop.example/?payment_intent_client_secret=[client secret]&x=1"),
          );
          expect(withoutSecrets(cleaned)).toBe(cleaned);
        },
      ),
    );
  });

  it("any text loses exactly what the pattern of a client secret finds in it", () => {
    const piece = fc.constantFrom(
      ...[
        "_secret_",
        "secret",
        "_",
        "pi",
        "pi_3Mtw",
        "X",
        "9",
        "é",
        "-",
        ".",
        " ",
        '"',
        "client_secret",
        "=",
        "a_b_c_d",
      ],
    );
    const pattern = /(?<![A-Za-z0-9])[a-z]+(?:_[A-Za-z0-9]+){0,4}_secret_[A-Za-z0-9]+/g;
    let withSecrets = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, piece, fc.constant("_secret_")), { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const expected = text.replace(pattern, "[client secret]");
        if (expected !== text) withSecrets += 1;
        expect(withoutSecrets(text)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(withSecrets).toBeGreaterThan(100);
  });

  it("the name in a text is no field, and a secret of an odd form is removed from its field", () => {
    const text = JSON.stringify({
      note: 'say "client_secret": "x"',
      client_secret: 'odd "quoted" \\ secret',
    });
    expect(JSON.parse(withoutSecrets(text))).toEqual({
      note: 'say "client_secret": "x"',
      client_secret: null,
    });
  });
});

describe("given an event with a client secret", () => {
  const body = JSON.stringify({
    id: "evt_1",
    object: "event",
    type: "payment_intent.created",
    created: 1,
    livemode: false,
    data: { object: { id: "pi_1", object: "payment_intent", client_secret: SECRETS[0], next: [SECRETS[1]] } },
  });
  const received = async () => {
    const { Messages = [] } = await new SQSClient({}).send(
      new ReceiveMessageCommand({ QueueUrl: env(queueUrlVariable("payment-intent")) }),
    );
    return Messages.map(({ Body }) => Body ?? "").join();
  };

  it("its message has none, whoever sends it", async () => {
    const queued = readQueuedEvent(body);
    if (queued === undefined) throw new Error("The body is no event");
    await enqueueEvent(queued, body);
    const first = await received();
    expect(first).toContain("pi_1");
    expect(first).not.toMatch(SECRET);

    await sendSigned("payment-intent", body);
    const second = await received();
    expect(second).toContain("pi_1");
    expect(second).not.toMatch(SECRET);
  });
});
