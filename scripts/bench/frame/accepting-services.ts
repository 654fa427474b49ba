/**
 * A process that stands for SQS, SNS and DynamoDB: it accepts every request at once and keeps nothing, so that what is left to
 * measure is the sender. It tells its parent its port.
 */
import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { fieldOf, parseJson } from "../../../lib/untrusted.ts";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const target = String(request.headers["x-amz-target"]);
    if (target.startsWith("DynamoDB_")) respond(response, "application/x-amz-json-1.0", "{}");
    else if (target.startsWith("AmazonSQS."))
      respond(response, "application/x-amz-json-1.0", stored(Buffer.concat(chunks).toString()));
    else respond(response, "text/xml", PUBLISHED);
  });
});

const PUBLISHED =
  "<PublishResponse><PublishResult><MessageId>00000000-0000-4000-8000-000000000000</MessageId></PublishResult></PublishResponse>";

function respond(response: ServerResponse, contentType: string, body: string): void {
  response.setHeader("content-type", contentType);
  response.end(body);
}

/** The SDK compares the digest of the body with what it has sent. */
function stored(requestBody: string): string {
  const body = String(fieldOf(parseJson(requestBody), "MessageBody"));
  return JSON.stringify({
    MessageId: "00000000-0000-4000-8000-000000000000",
    MD5OfMessageBody: createHash("md5").update(body).digest("hex"),
  });
}

server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : undefined);
});
process.once("disconnect", () => process.exit(0));
