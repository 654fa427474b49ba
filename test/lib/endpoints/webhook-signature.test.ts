/** Our signatures, as the library of the Standard Webhooks specification sees them. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { openSecrets, sealedSecret } from "../../../lib/endpoints/endpoint.ts";
import { newSigningSecret, signatureHeaders } from "../../../lib/endpoints/webhook-signature.ts";
import { scrub } from "../../../lib/scrub.ts";
import { tries } from "../../steps/effort.ts";

const runs = { numRuns: tries({ sample: 100, whole: 2_000 }) };
const anyId = fc.stringMatching(/^evt_\w{1,40}$/);
const anyBody = fc.json();
const now = () => new Date();

describe("given a signed notification", () => {
  it("the library of the specification accepts it, with any of the secrets, and computes the same signature", () => {
    fc.assert(
      fc.property(anyId, anyBody, fc.integer({ min: 1, max: 3 }), (id, body, count) => {
        const secrets = Array.from({ length: count }, newSigningSecret);
        const at = now();
        const headers = signatureHeaders({ id, body, at }, secrets);
        for (const [index, secret] of secrets.entries()) {
          expect(new Webhook(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
          expect(headers["webhook-signature"]?.split(" ")[index]).toBe(
            new Webhook(secret).sign(id, at, body),
          );
        }
      }),
      runs,
    );
  });

  it("it refuses another body, id, time or secret", () => {
    fc.assert(
      fc.property(anyId, anyBody, (id, body) => {
        const secret = newSigningSecret();
        const at = now();
        const headers = { ...signatureHeaders({ id, body, at }, [secret]) };
        const verify =
          (text: string, given: Record<string, string>, by = secret) =>
          () =>
            new Webhook(by).verify(text, given);
        expect(verify(`${body} `, headers)).toThrow();
        expect(verify(body, { ...headers, "webhook-id": `${id}0` })).toThrow();
        expect(
          verify(body, { ...headers, "webhook-timestamp": String(Math.floor(at.getTime() / 1000) - 1) }),
        ).toThrow();
        expect(verify(body, headers, newSigningSecret())).toThrow();
      }),
      runs,
    );
  });
});

describe("given a signing secret", () => {
  it("it has 32 random bytes, and is removed from any text that is logged", () => {
    const secrets = Array.from({ length: 200 }, newSigningSecret);
    expect(new Set(secrets).size).toBe(200);
    for (const secret of secrets) {
      expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
      expect(scrub(`the secret ${secret} of the endpoint`)).toBe(
        "the secret [webhook secret] of the endpoint",
      );
    }
  });

  it("it is sealed for its endpoint: it does not open for another one, and opens while APP_SECRET is rotated", () => {
    const secret = newSigningSecret();
    const secrets = [{ sealed: sealedSecret("ep_1", secret, ["old-app-secret-1"]) }];
    expect(
      openSecrets({ endpointId: "ep_1", secrets }, now(), ["new-app-secret-1", "old-app-secret-1"]),
    ).toEqual([secret]);
    expect(() => openSecrets({ endpointId: "ep_2", secrets }, now(), ["old-app-secret-1"])).toThrow();
    expect(() => openSecrets({ endpointId: "ep_1", secrets }, now(), ["new-app-secret-1"])).toThrow();
  });
});
