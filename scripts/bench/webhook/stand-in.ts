/**
 * A process that stands for SQS and DynamoDB: it accepts every request at once and keeps nothing, so that what is left to
 * measure is the sender. It tells its parent its port.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { fieldOf, parseJson } from "../../../lib/untrusted.ts";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const isQueue = String(request.headers["x-amz-target"]).startsWith("AmazonSQS.");
    response.setHeader("content-type", isQueue ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
    response.end(isQueue ? stored(Buffer.concat(chunks).toString()) : "{}");
  });
});

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
