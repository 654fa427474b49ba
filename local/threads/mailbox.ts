/**
 * aws-ses-v2-local sends and shows mail but has no identities, so this server is in front of it: it verifies identities
 * immediately, and refuses mail from an address that was never verified, with the same error as SES.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import mailServer from "aws-ses-v2-local";
import { guardLoopback } from "../loopback-guard.ts";
import { serveOnLoopback } from "./emulator-port.ts";

const XML_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/";
const identities = new Set<string>();

const inner = await mailServer.default({ host: "127.0.0.1", port: 0 });
guardLoopback(inner);
const innerAddress = inner.address();
if (innerAddress === null || typeof innerAddress === "string") throw new Error("The mail server has no port");
const innerUrl = `http://127.0.0.1:${innerAddress.port}`;

await serveOnLoopback(async () => {
  identities.clear();
  await fetch(`${innerUrl}/clear-store`, { method: "POST" });
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
  const answer =
    request.method === "POST" && request.url === "/" ? identityAnswer(body.toString()) : undefined;
  if (answer !== undefined) {
    response.writeHead(answer.status, { "content-type": "text/xml" }).end(answer.xml);
    return;
  }
  await forward(request, body, response);
}

/** The response to a query-protocol action that concerns identities; undefined for all others. */
function identityAnswer(form: string): { status: number; xml: string } | undefined {
  const fields = new URLSearchParams(form);
  switch (fields.get("Action")) {
    case "VerifyEmailIdentity":
      identities.add(fields.get("EmailAddress")?.toLowerCase() ?? "");
      return success("VerifyEmailIdentity", "");
    case "VerifyDomainIdentity":
      identities.add(fields.get("Domain")?.toLowerCase() ?? "");
      return success("VerifyDomainIdentity", "<VerificationToken>local</VerificationToken>");
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

async function forward(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
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
  const contentType = answer.headers.get("content-type") ?? "text/plain";
  response.writeHead(answer.status, { "content-type": contentType });
  const content = Buffer.from(await answer.arrayBuffer());
  response.end(contentType.startsWith("text/html") ? withOutwardLinks(content.toString()) : content);
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
