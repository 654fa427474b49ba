/** Where the mails of a local stack are read that uses another server's SES. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { keptMails, LOCALSTACK_MAILS, sentMails } from "../../local/sent-mails.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const MAIL = { to: ["ada@shop.example"], subject: "Paid", html: "<p>Paid</p>", text: "Paid" };
let server: LoopbackServer | undefined;
afterEach(() => server?.close());

/** A server that has JSON at one path, and an XML error everywhere else, as moto has. */
async function serverWith(path: string, body: object): Promise<string> {
  server = await loopbackServer((request, _body, response) =>
    request.url === path
      ? answerJson(response, 200, body)
      : response.writeHead(404).end('<?xml version="1.0"?><Error/>'),
  );
  return server.url;
}

describe("given sent mails", () => {
  it("those of the embedded mailbox are read", async () => {
    const emails = [
      { destination: { to: MAIL.to }, subject: "Paid", body: { html: "<p>Paid</p>", text: "Paid" } },
    ];
    expect(await sentMails(await serverWith("/store", { emails }))).toEqual([MAIL]);
  });

  it("those of the embedded mailbox are read with SES's id and the time", async () => {
    const emails = [{ messageId: "ses-1", from: "shop@example.com", at: 1_795_000_000, subject: "Paid" }];
    expect(await keptMails(await serverWith("/store", { emails }))).toEqual([
      {
        id: "ses-1",
        from: "shop@example.com",
        at: 1_795_000_000_000,
        to: [],
        subject: "Paid",
        html: "",
        text: "",
      },
    ]);
  });

  it("those of LocalStack are read", async () => {
    const messages = [
      {
        Destination: { ToAddresses: MAIL.to },
        Subject: "Paid",
        Body: { html_part: "<p>Paid</p>", text_part: "Paid" },
      },
    ];
    const url = await serverWith(LOCALSTACK_MAILS, { messages });
    expect(await sentMails(`${url}${LOCALSTACK_MAILS}`)).toEqual([MAIL]);
  });

  it("those of moto are read, which keeps the HTML only: a link in it can be opened, and a fact is found as in a text", async () => {
    const Message = [
      {
        destinations: { ToAddresses: MAIL.to },
        subject: "Paid",
        body: '<p>http:&#x2F;&#x2F;pay</p><tr><th>Run</th><td class="x">run-1</td></tr>',
        source: "a@b.example",
      },
    ];
    const url = await serverWith("/moto-api/data.json", { ses: { Message } });
    expect(await sentMails(`${url}${LOCALSTACK_MAILS}`)).toEqual([
      {
        ...MAIL,
        html: '<p>http:&#x2F;&#x2F;pay</p><tr><th>Run</th><td class="x">run-1</td></tr>',
        text: "<p>http://pay</p><tr><th>Run: run-1</td></tr>",
      },
    ]);
  });

  it("a server that lists no mails is an error", async () => {
    await expect(sentMails(`${await serverWith("/other", {})}${LOCALSTACK_MAILS}`)).rejects.toThrow();
  });
});
