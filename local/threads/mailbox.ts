/**
 * The mailbox, with a preview of every mail at /mails. aws-ses-v2-local sends and shows mail but has no identities, so this server is in front of it: it verifies identities
 * immediately, and refuses mail from an address that was never verified, with the same error as SES. It also reports what becomes of
 * mails to Amazon's mailbox simulator: mail-simulator.ts.
 */

import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import mailServer from "aws-ses-v2-local";
import { fieldsOf, listOf, parseJson, textsOf } from "../../lib/untrusted.ts";
import { keepConnections } from "../keep-connections.ts";
import { guardLoopback } from "../loopback-guard.ts";
import type { PreviewAnswer } from "../mail-preview.ts";
import { readIfExists, writeWhole } from "../state-folder.ts";
import { serveOnLoopback, settings } from "./emulator-port.ts";
import { MailSimulator } from "./mail-simulator.ts";

const XML_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/";
const identities = new Set<string>();
/** Takes the URL of SNS, which has its port later than this thread: `PUT /_sns http://127.0.0.1:3001`. */
const SNS_PATH = "/_sns";
let snsUrl: string | undefined;
let simulator = new MailSimulator();

const inner = await mailServer.default({ host: "127.0.0.1", port: 0 });
guardLoopback(keepConnections(inner));
const innerAddress = inner.address();
if (innerAddress === null || typeof innerAddress === "string") throw new Error("The mail server has no port");
/** The mails and identities that an earlier stack left; what is in the folder is written after every change. */
const file = settings.stateFolder === undefined ? undefined : join(settings.stateFolder, "mailbox.json");
const mails = await sentMails();
const innerUrl = `http://127.0.0.1:${innerAddress.port}`;

await serveOnLoopback(async () => {
  identities.clear();
  simulator = new MailSimulator();
  await fetch(`${innerUrl}/clear-store`, { method: "POST" });
  restore();
  return createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" }).end(String(error));
    });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (request.method === "PUT" && request.url === SNS_PATH) {
    snsUrl = body.toString();
    response.writeHead(204).end();
    return;
  }
  const preview = request.method === "GET" ? await previewOf(request.url ?? "") : undefined;
  if (preview !== undefined) {
    response.writeHead(preview.status, { "content-type": preview.type }).end(preview.body);
    return;
  }
  const answer =
    request.method === "POST" && request.url === "/" ? identityAnswer(body.toString()) : undefined;
  if (answer !== undefined) {
    keep();
    response.writeHead(answer.status, { "content-type": "text/xml" }).end(answer.xml);
    return;
  }
  const forwarded = await forward(request, body);
  // Kept before the response: what the caller was told survives.
  if (request.method !== "GET") keep();
  if (settings.announcesMail && forwarded.status === 200 && /\bAction=Send/.test(body.toString())) announce();
  if (forwarded.status === 200) await report(new URLSearchParams(body.toString()), forwarded.body.toString());
  response.writeHead(forwarded.status, { "content-type": forwarded.type }).end(forwarded.body);
}

/** The preview of all mails, loaded when it is first asked for. */
async function previewOf(url: string): Promise<PreviewAnswer | undefined> {
  if (!/^\/mails(?:[/?]|$)/.test(url)) return undefined;
  Object.assign(process.env, settings.mailEnvironment);
  return (await import("../mail-preview.ts")).mailPreview(url, join(import.meta.dirname, "../.."));
}

/** Publishes what SES reports about the mail, perhaps before its sender has the response. */
async function report(form: URLSearchParams, response: string): Promise<void> {
  if (form.get("Action") !== "SendEmail" || snsUrl === undefined) return;
  const messageId = /<MessageId>([^<]+)<\/MessageId>/.exec(response)?.[1] ?? "";
  for (const { topicArn, message } of simulator.reportsOf(form, messageId)) {
    await fetch(snsUrl, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        Action: "Publish",
        Version: "2010-03-31",
        TopicArn: topicArn,
        Message: message,
      }),
    });
  }
}

/** The list into which the mail server puts what it sends; its package does not export it. */
async function sentMails(): Promise<() => unknown[]> {
  const store = new URL("./store.js", import.meta.resolve("aws-ses-v2-local"));
  const { getStoreReadonly } = await import(store.href);
  return () => getStoreReadonly().emails;
}

function restore(): void {
  const kept = fieldsOf(parseJson(file === undefined ? undefined : readIfExists(file)));
  mails().push(...listOf(kept.mails));
  for (const identity of textsOf(kept.identities)) identities.add(identity);
}

/** A line of the log; it contains no address. */
function announce(): void {
  const { subject } = fieldsOf(mails().at(-1));
  const line = { level: "info", timestamp: new Date().toISOString(), event: "mail.sent", subject };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function keep(): void {
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, JSON.stringify({ identities: [...identities], mails: mails() }));
}

/** The response to a query-protocol action that concerns identities or configuration sets; undefined for all others. */
function identityAnswer(form: string): { status: number; xml: string } | undefined {
  const fields = new URLSearchParams(form);
  if (simulator.configure(fields)) return success(fields.get("Action") ?? "", "");
  switch (fields.get("Action")) {
    case "VerifyEmailIdentity":
      identities.add(fields.get("EmailAddress")?.toLowerCase() ?? "");
      return success("VerifyEmailIdentity", "");
    case "VerifyDomainIdentity":
      identities.add(fields.get("Domain")?.toLowerCase() ?? "");
      return success("VerifyDomainIdentity", "<VerificationToken>local</VerificationToken>");
    case "DeleteIdentity":
      identities.delete(fields.get("Identity")?.toLowerCase() ?? "");
      return success("DeleteIdentity", "");
    case "ListIdentities": {
      const members = [...identities].map((identity) => `<member>${escapeXml(identity)}</member>`).join("");
      return success("ListIdentities", `<Identities>${members}</Identities>`);
    }
    case "SendEmail":
      return isVerified(fields.get("Source") ?? "") ? undefined : rejected(fields.get("Source") ?? "");
    case "SendRawEmail":
      return undefined;
    default:
      return failure("InvalidAction", `The local mailbox does not know the action ${fields.get("Action")}.`);
  }
}

/** `source` is `Name <address@domain>` or a bare address; the address or its domain has to be an identity. */
function isVerified(source: string): boolean {
  const address = (/<([^>]+)>\s*$/.exec(source)?.[1] ?? source).trim().toLowerCase();
  return identities.has(address) || identities.has(address.slice(address.lastIndexOf("@") + 1));
}

function rejected(source: string) {
  return failure(
    "MessageRejected",
    `Email address is not verified. The following identities failed the check: ${source}`,
  );
}

function success(action: string, result: string) {
  return {
    status: 200,
    xml: `<${action}Response xmlns="${XML_NAMESPACE}"><${action}Result>${result}</${action}Result></${action}Response>`,
  };
}

function failure(code: string, message: string) {
  return {
    status: 400,
    xml: `<ErrorResponse xmlns="${XML_NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`,
  };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

async function forward(
  request: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; type: string; body: Buffer }> {
  const headers = new Headers();
  for (const name of ["authorization", "content-type", "accept"]) {
    const value = request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  const method = request.method ?? "GET";
  const answer = await fetch(`${innerUrl}${request.url}`, {
    method,
    headers,
    ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
  });
  const type = answer.headers.get("content-type") ?? "text/plain";
  const content = Buffer.from(await answer.arrayBuffer());
  return {
    status: answer.status,
    type,
    body: type.startsWith("text/html") ? Buffer.from(withOutwardLinks(content.toString())) : content,
  };
}

/** A page such as the pay page refuses to be shown in the frame of a mail: every link of a mail opens a tab of its own. */
function withOutwardLinks(page: string): string {
  return `${page}<script>
const setBase = () => {
  for (const frame of document.querySelectorAll("iframe")) {
    const mail = frame.contentDocument;
    if (!mail?.head || mail.querySelector("base")) continue;
    const base = mail.createElement("base");
    base.target = "_blank";
    mail.head.append(base);
  }
};
new MutationObserver(setBase).observe(document.body, { attributes: true, childList: true, subtree: true });
setBase();
</script>`;
}
