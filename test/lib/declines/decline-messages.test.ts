import { describe, expect, it } from "@jest/globals";
import {
  declineMessage,
  GENERIC_DECLINE_MESSAGE,
  UNTOLD_DECLINE_CODES,
} from "../../../lib/declines/decline-messages.ts";
import { TEST_CARDS } from "../../../stripe-emulator/index.ts";

describe("given a decline code", () => {
  it.each([
    ["insufficient_funds", "not enough money"],
    ["expired_card", "has expired"],
    ["incorrect_cvc", "security code"],
    ["authentication_required", "confirm"],
    ["processing_error", "Try again in a moment"],
    ["card_velocity_exceeded", "limit"],
  ])("%s tells the payer what to do next", (code, words) => {
    expect(declineMessage(code)).toContain(words);
  });

  it.each(UNTOLD_DECLINE_CODES)("%s gets the generic message", (code) => {
    expect(declineMessage(code)).toBe(GENERIC_DECLINE_MESSAGE);
  });

  it.each(["a_code_of_tomorrow", "", "constructor", "__proto__", undefined])(
    "%s, which is unknown, gets the generic message",
    (code) => {
      expect(declineMessage(code)).toBe(GENERIC_DECLINE_MESSAGE);
    },
  );

  it("that a test card can cause has a message, or is one that is not disclosed", () => {
    const codes = TEST_CARDS.flatMap(({ behaviour }) =>
      behaviour.kind === "declines" ? [behaviour.decline.declineCode ?? behaviour.decline.code] : [],
    );
    const untold: readonly string[] = [...UNTOLD_DECLINE_CODES, "generic_decline"];
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => declineMessage(code) === GENERIC_DECLINE_MESSAGE)).toEqual(
      codes.filter((code) => untold.includes(code)),
    );
  });
});
