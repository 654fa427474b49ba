import { describe, expect, it } from "@jest/globals";
import { mailRemarks } from "../../scripts/stripe/mail-comparison.ts";

const account = {
  business_profile: { name: "Ada's Shop", support_email: "help@example.com" },
  settings: { branding: { primary_color: "#0a5bd3" } },
};

describe("given the automatic mails of a stage", () => {
  it("the switches of the same mails of Stripe's are named, and no others", () => {
    const said = mailRemarks({ AUTOMATIC_MAILS: "receipt,subscription-changed" }, account).join("\n");
    expect(said).toContain("Customer emails > Successful payments");
    expect(said).toContain("Send emails when card payments fail");
    expect(said).not.toMatch(/Refunds|trial|finalized/);
  });

  it("what payers see differently at Stripe is named, and what they see alike is not", () => {
    const settings = {
      BUSINESS_NAME: "Ada's Store",
      SUPPORT_EMAIL: "HELP@example.com",
      BUSINESS_COLOR: "0A5BD3",
    };
    expect(mailRemarks(settings, account).filter((line) => line.includes("payers see both"))).toEqual([
      `BUSINESS_NAME is "Ada's Store", and the account's is "Ada's Shop": payers see both.`,
    ]);
    expect(mailRemarks({}, {}).join()).not.toContain("payers see both");
  });

  it("a misspelled mail is a mistake of the settings", () => {
    expect(() => mailRemarks({ AUTOMATIC_MAILS: "reciept" }, account)).toThrow(/did you mean "receipt"/);
  });
});
