import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { sesVerdict } from "../../../lib/aws/ses-errors.ts";

const UNVERIFIED =
  "Email address is not verified. The following identities failed the check in region EU-WEST-1: pay@shop.dev";

describe("given an error of SES", () => {
  it.each([
    ["AccessDenied", "not authorized to perform ses:SendEmail", "ses-permission"],
    ["AccessDeniedException", "", "ses-permission"],
    ["InvalidClientTokenId", "The security token is invalid.", "ses-credentials"],
    ["SignatureDoesNotMatch", "", "ses-credentials"],
    ["ExpiredTokenException", "", "ses-credentials"],
    ["OptInRequired", "", "ses-credentials"],
    ["AccountSendingPausedException", "Email sending is disabled", "ses-account"],
    [
      "MessageRejected",
      "Sending paused for this account. For more information, check the inbox",
      "ses-account",
    ],
    ["MessageRejected", UNVERIFIED, "ses-identity"],
    ["MailFromDomainNotVerifiedException", "", "ses-identity"],
    [
      "ConfigurationSetDoesNotExistException",
      "Configuration set <x> does not exist.",
      "ses-configuration-set",
    ],
    ["ConfigurationSetSendingPausedException", "", "ses-configuration-set"],
    ["MessageRejected", "The message contained a virus", "ses-request"],
    ["InvalidParameterValue", "Invalid Source: Missing final '@domain'", "ses-request"],
    ["InvalidParameterValue", "Message length is more than 10485760 bytes long", "ses-request"],
    ["ValidationError", "1 validation error detected", "ses-request"],
    ["InvalidAction", "", "ses-request"],
    ["AnErrorOfTheFuture", "The address is not what it was", "ses-request"],
  ])("%s (%s) is a fault of our set-up: %s", (name, message, alarm) => {
    expect(sesVerdict({ name, message, status: 400 })).toEqual({ kind: "set-up", alarm });
  });

  it.each([
    ["InvalidParameterValue", "Missing final '@domain'"],
    ["InvalidParameterValue", "Domain contains illegal character"],
    ["InvalidParameterValue", "Local address contains control or whitespace"],
    ["InvalidParameterValue", "Illegal address"],
    ["InvalidParameterValue", "Domain contains dot-dot"],
    ["InvalidParameterValue", "Invalid domain name: 'x'"],
    ["MessageRejected", "Address blacklisted."],
    ["MessageRejected", "The recipient is on the suppression list."],
  ])("%s (%s) is about the recipient", (name, message) => {
    expect(sesVerdict({ name, message, status: 400 })).toEqual({ kind: "recipient" });
  });

  it("a full sending rate is throttling, and a used up quota has an alarm too", () => {
    const throttled = (message: string) => sesVerdict({ name: "Throttling", message, status: 400 });
    expect(throttled("Maximum sending rate exceeded.")).toEqual({ kind: "throttled" });
    expect(throttled("Daily message quota exceeded.")).toEqual({ kind: "throttled", alarm: "ses-quota" });
  });

  it("503 sent nothing; after any other 5xx, the mail may have been sent", () => {
    expect(sesVerdict({ name: "ServiceUnavailable", message: "", status: 503 })).toEqual({
      kind: "unavailable",
    });
    for (const status of [500, 502, 504, undefined])
      expect(sesVerdict({ name: "InternalFailure", message: "", status })).toEqual({ kind: "unknown" });
  });

  it("no unknown error is ever the recipient's, whatever its sentence", () => {
    fc.assert(
      fc.property(
        fc.string().filter((name) => !/MessageRejected|InvalidParameter|Validation/.test(name)),
        fc.string(),
        (name, message) => {
          expect(sesVerdict({ name, message, status: 400 }).kind).not.toBe("recipient");
        },
      ),
    );
  });
});
