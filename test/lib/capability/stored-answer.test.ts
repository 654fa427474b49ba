import { describe, expect, it } from "@jest/globals";
import {
  replayAnswer,
  type StoredAnswer,
  sealAnswer,
  storedRefusal,
} from "../../../lib/capability/stored-answer.ts";
import { Problem } from "../../../lib/errors.ts";
import { createSealer } from "../../../lib/sealing/sealing.ts";
import { contract } from "./charge.ts";

const sealer = () => createSealer(["app-secret-of-the-tests"]);
const replay = (answer: unknown, claimId = "claim") =>
  replayAnswer(sealer().seal(answer, "idempotency:claim"), claimId, sealer(), contract.outputs);
const replayStored = (answer: StoredAnswer) =>
  replayAnswer(sealAnswer(answer, "claim", sealer()), "claim", sealer(), contract.outputs);

describe("given an answer that was stored", () => {
  it("the outputs are returned unchanged", () => {
    expect(replayStored({ outputs: { receipt: "r" } })).toEqual({ receipt: "r" });
  });

  it.each([
    ["with its decline code", { declineCode: "insufficient_funds" }, "insufficient_funds"],
    ["without one if there was none", {}, undefined],
  ])("a refused payment is refused again, %s", (_what, options, declineCode) => {
    const refusal = storedRefusal(new Problem("PAYMENT_REQUIRED", "Your card was declined.", options));
    expect(refusal).toStrictEqual({ refusal: { message: "Your card was declined.", ...options } });
    expect(() => replayStored(refusal)).toThrow(
      expect.objectContaining({
        code: "PAYMENT_REQUIRED",
        message: "Your card was declined.",
        declineCode,
        replayed: true,
      }),
    );
  });

  it("it opens only for its own claim", () => {
    expect(() => replay({ outputs: { receipt: "r" } }, "another claim")).toThrow("was altered");
  });
});

describe("given an answer that an earlier version stored", () => {
  it.each([
    ["outputs that do not fit the contract", { outputs: { total: 1 } }],
    ["no outputs", {}],
    ["nothing", null],
    ["a text", "outputs"],
    ["a refusal that is null", { refusal: null }],
    ["a refusal that is a string", { refusal: "message" }],
    ["a refusal without a message", { refusal: { declineCode: "insufficient_funds" } }],
  ])("%s: the caller is told to use a new key", (_what, stored) => {
    expect(() => replay(stored)).toThrow(
      expect.objectContaining({
        code: "CONFLICT",
        message: "The stored answer is from an older contract; send a new Idempotency-Key",
      }),
    );
  });

  it("a decline code that is not a string is left out", () => {
    expect(() => replay({ refusal: { message: "Declined.", declineCode: 5 } })).toThrow(
      expect.objectContaining({ code: "PAYMENT_REQUIRED", declineCode: undefined }),
    );
  });
});
