import { describe, expect, it } from "@jest/globals";
import { declineAdvice, isPayerTold, isWorthAnotherAttempt } from "../../../lib/declines/decline-advice.ts";
import { UNTOLD_DECLINE_CODES } from "../../../lib/declines/decline-messages.ts";

/** As docs/failed-payments.md shows it: what the payer can do, mail?, link and follow-ups?, administrator at once? */
const TABLE = `
  code                                   action            mail  again  person
  insufficient_funds                     other-card        yes   yes    no
  expired_card                           other-card        yes   yes    no
  card_not_supported                     other-card        yes   yes    no
  no_payment_method                      other-card        yes   yes    no
  generic_decline                        other-card        yes   yes    no
  a_code_of_tomorrow                     other-card        yes   yes    no
  processing_error                       retry-later       yes   yes    no
  try_again_later                        retry-later       yes   yes    no
  card_decline_rate_limit_exceeded       retry-later       yes   yes    no
  authentication_required                authenticate      yes   yes    no
  payment_intent_authentication_failure  authenticate      yes   yes    no
  incorrect_cvc                          correct-details   yes   yes    no
  incorrect_zip                          correct-details   yes   yes    no
  do_not_honor                           ask-bank          yes   yes    no
  card_velocity_exceeded                 ask-bank          yes   yes    no
  duplicate_transaction                  check-first       yes   no     no
  test_mode_live_card                    other-card        yes   yes    yes
  live_mode_test_card                    other-card        yes   yes    yes
  stolen_card                            stop              no    no     yes
  lost_card                              stop              no    no     yes
  pickup_card                            stop              no    no     yes
  fraudulent                             stop              no    no     yes
  merchant_blacklist                     stop              no    no     yes
  restricted_card                        stop              no    no     yes
  security_violation                     stop              no    no     yes
  highest_risk_level                     stop              no    no     yes
  revocation_of_authorization            stop              no    no     yes
  revocation_of_all_authorizations       stop              no    no     yes
  stop_payment_order                     stop              no    no     yes
  do_not_try_again                       stop              no    no     yes
`;
const [, ...ROWS] = TABLE.trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));

const yesOrNo = (answer: boolean) => (answer ? "yes" : "no");

describe("given a decline code", () => {
  it.each(ROWS)("%s: %s; mail %s, another attempt %s, a person %s", (code = "", ...expected) => {
    const advice = declineAdvice(code);
    expect([
      advice.action,
      yesOrNo(isPayerTold(advice)),
      yesOrNo(isWorthAnotherAttempt(advice)),
      yesOrNo(advice.needsPerson),
    ]).toEqual(expected);
  });

  it.each(UNTOLD_DECLINE_CODES)(
    "%s, which no payer may learn, causes mails to the administrator only",
    (code) => {
      expect(declineAdvice(code)).toEqual({ action: "stop", needsPerson: true });
    },
  );

  it.each([undefined, "", "constructor", "__proto__"])("%s is treated as a plain refusal", (code) => {
    expect(declineAdvice(code)).toEqual({ action: "other-card", needsPerson: false });
  });
});

describe("given the issuer's advice", () => {
  it.each([
    ["generic_decline", "do_not_try_again", "other-card"],
    ["processing_error", "do_not_try_again", "other-card"],
    ["generic_decline", "confirm_card_data", "correct-details"],
    ["do_not_honor", "try_again_later", "retry-later"],
    ["do_not_honor", "an_advice_of_tomorrow", "ask-bank"],
    ["do_not_honor", "constructor", "ask-bank"],
    [undefined, "try_again_later", "retry-later"],
  ])("%s with %s: %s", (code, advice, action) => {
    expect(declineAdvice(code, advice).action).toBe(action);
  });

  it.each(["stolen_card", "fraudulent", "duplicate_transaction", "test_mode_live_card"])(
    "it does not change what follows from %s",
    (code) => {
      for (const advice of ["try_again_later", "confirm_card_data", "do_not_try_again"])
        expect(declineAdvice(code, advice)).toEqual(declineAdvice(code));
    },
  );
});
