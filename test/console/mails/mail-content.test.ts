import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { EventLine } from "../../../scripts/console/events/event-log.ts";
import { idsIn, linksIn, mailContent, preheaderIn } from "../../../scripts/console/mails/mail-content.ts";
import { statesIn } from "../../../scripts/console/mails/mail-states.ts";

describe("given the HTML of a mail", () => {
  it("its links are found as a reader's mail program opens them, each once, and none that runs code", () => {
    const html = `<a class="x" href="https:&#x2F;&#x2F;pay.example.com&#x2F;a?b=1&amp;c=2">Pay</a>
      <a href="https://pay.example.com/a?b=1&c=2">Pay</a> <a href="javascript:alert(1)">no</a> <a href="mailto:help@example.com">Help</a>`;
    expect(linksIn(html)).toEqual(["https://pay.example.com/a?b=1&c=2", "mailto:help@example.com"]);
  });

  it("its preheader is plain text", () => {
    expect(preheaderIn('<div class="preheader">Thank you &amp; <b>goodbye</b></div>')).toBe(
      "Thank you & goodbye",
    );
    expect(preheaderIn("<p>none</p>")).toBe("");
  });

  it("what it names is found, in a link too", () => {
    expect(
      idsIn(
        "http://localhost/pay/pi_3MtwBwLkdIw.tp.sig about in_1ShZkYLkd and pi_3MtwBwLkdIw; begin_1ShZkYLkd",
      ),
    ).toEqual(["pi_3MtwBwLkdIw", "in_1ShZkYLkd"]);
  });

  it("any text can be read", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        linksIn(`<a href="${text}">`);
        preheaderIn(`<div class="preheader">${text}</div>`);
        idsIn(text);
      }),
    );
  });

  it("its response lets it run nothing and load nothing", () => {
    const policy = mailContent("<p>").headers["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/sandbox(?!.*allow-(?:scripts|same-origin))/);
  });
});

describe("given SES's reports, in any order", () => {
  const report = (event: string, messageId: string, fields: object): EventLine => ({
    at: 0,
    queue: "mail",
    fields: { event, messageId, ...fields },
  });

  it("a delay does not hide that the mail did not arrive", () => {
    const reports = [
      report("mail.undelivered", "ses-1", { result: "bounced", reason: "NoEmail" }),
      report("mail.reported", "ses-1", { result: "delayed" }),
      report("mail.reported", "ses-2", { result: "none" }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(reports, { minLength: 3 }), (shuffled) => {
        expect([...statesIn(shuffled)]).toEqual([["ses-1", { state: "bounced", reason: "NoEmail" }]]);
      }),
    );
  });
});
