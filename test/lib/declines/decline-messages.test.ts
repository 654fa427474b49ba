import { describe, expect, it } from "@jest/globals";
import {
  declineMessage,
  GENERIC_DECLINE_MESSAGE,
  TOLD_DECLINE_CODES,
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

describe("given the issuer's advice", () => {
  it.each([
    ["generic_decline", "try_again_later", "Try again in a moment"],
    ["generic_decline", "confirm_card_data", "Check them"],
    ["generic_decline", "do_not_try_again", "Use another card"],
    [undefined, "do_not_try_again", "Use another card"],
    ["insufficient_funds", "try_again_later", "not enough money"],
    ["expired_card", "do_not_try_again", "has expired"],
    ["generic_decline", "an_advice_of_tomorrow", GENERIC_DECLINE_MESSAGE],
    ["generic_decline", "constructor", GENERIC_DECLINE_MESSAGE],
  ])("%s with %s says what to do", (code, advice, words) => {
    expect(declineMessage(code, advice)).toContain(words);
  });

  it("nobody is asked to try a card again against it, whatever the decline code", () => {
    const codes = [...TOLD_DECLINE_CODES, "generic_decline", "a_code_of_tomorrow"];
    for (const code of codes) expect(declineMessage(code, "do_not_try_again")).not.toMatch(/try again/i);
  });

  it.each(UNTOLD_DECLINE_CODES)("%s stays without a reason, whatever the advice", (code) => {
    for (const advice of ["try_again_later", "confirm_card_data", "do_not_try_again"])
      expect(declineMessage(code, advice)).toBe(GENERIC_DECLINE_MESSAGE);
  });
});
