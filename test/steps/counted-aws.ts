/**
 * SSM and SQS behind one loopback endpoint that counts: it returns the given parameters, stores sent messages, and
 * records every call of every AWS client of this process.
 */
import { createHash, randomUUID } from "node:crypto";
import { answerJson, loopbackServer } from "./loopback-server.ts";

export interface CountedAws {
  /** Without a trailing slash. */
  readonly url: string;
  /** Every action that was called, in order: `AmazonSQS.SendMessage`. */
  readonly calls: string[];
  /** The bodies that were sent to a queue. */
  readonly sent: string[];
  /** SSM's parameters by their full name. */
  readonly parameters: Map<string, string>;
  /** While true, SSM responds with 500. */
  ssmFails: boolean;
  close(): Promise<void>;
}

/** Starts the endpoint and points every AWS client of this process at it. */
export async function countedAws(): Promise<CountedAws> {
  const calls: string[] = [];
  const sent: string[] = [];
  const parameters = new Map<string, string>();
  const server = await loopbackServer(({ headers }, body, response) => {
    const target = String(headers["x-amz-target"]);
    calls.push(target);
    if (target === "AmazonSQS.SendMessage") {
      const { MessageBody } = JSON.parse(body.toString());
      sent.push(MessageBody);
      const MD5OfMessageBody = createHash("md5").update(MessageBody).digest("hex");
      return answerJson(response, 200, { MessageId: randomUUID(), MD5OfMessageBody });
    }
    if (target !== "AmazonSSM.GetParameters" || aws.ssmFails) return answerJson(response, 500, {});
    const { Names }: { Names: string[] } = JSON.parse(body.toString());
    const Parameters = Names.flatMap((Name) => {
      const Value = parameters.get(Name);
      return Value === undefined ? [] : [{ Name, Type: "SecureString", Value }];
    });
    return answerJson(response, 200, { Parameters, InvalidParameters: [] });
  });
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL: server.url,
    AWS_MAX_ATTEMPTS: "1",
    APP_SECRET: "app-secret-of-the-tests",
  });
  const aws: CountedAws = { url: server.url, calls, sent, parameters, ssmFails: false, close: server.close };
  return aws;
}
