/** What is left out of the bundles, and that the rest works: built with the options of serverless.yml, and run. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { build } from "esbuild";
import Stripe from "stripe";
import { parse } from "yaml";
import { STRIPE_RESOURCES } from "../../lib/stripe/stripe-sdk.ts";
import { fieldOf } from "../../lib/untrusted.ts";
import { leaveOut, REPLACEMENTS } from "../../local/leave-out.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const folder = mkdtempSync(join(tmpdir(), "leave-out-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles the code as a function's, and returns its file and size in bytes. */
async function bundled(name: string, code: string, plugins = [leaveOut()]) {
  const { alias, mainFields, target } = parse(readFileSync("serverless.yml", "utf8")).custom.esbuild;
  const outfile = join(folder, `${name}.cjs`);
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "cjs",
    platform: "node",
    ...{ alias, mainFields, target, outfile, plugins },
    metafile: true,
  });
  return { file: outfile, bytes: Object.values(metafile.outputs)[0]?.bytes ?? 0 };
}

const methodsOf = (resource: unknown): string[] =>
  typeof resource === "object" && resource !== null
    ? [...Object.getOwnPropertyNames(Object.getPrototypeOf(resource)), ...Object.keys(resource)].sort()
    : [];

describe("given the installed packages", () => {
  it.each(REPLACEMENTS.map(({ module }) => [module]))("%s exists", (module) => {
    expect(existsSync(`node_modules/${module}`)).toBe(true);
  });

  it.each([
    ["stripe.esm.node.js", "Stripe's client does not create billing, billingPortal,"],
    ["node-http-handler.js", "does not import node:http where local/leave-out.ts expects it"],
  ])("a version of %s that does it in another way stops the bundling", (file, message) => {
    const replacement = REPLACEMENTS.find(({ module }) => module.endsWith(file));
    expect(() => replacement?.replace("this.invoices = make(InvoiceResource);")).toThrow(message);
  });
});

describe("given Stripe's client in a bundle", () => {
  const CODE = 'import Stripe from "stripe"; export const client = new Stripe("sk_test_1");';

  it("it has the resources that we call, whole, and no other, in less than half of the bytes", async () => {
    const { file, bytes } = await bundled("stripe", CODE);
    const { client } = createRequire(import.meta.url)(file);
    const whole = new Stripe("sk_test_1");
    for (const name of STRIPE_RESOURCES)
      expect([name, methodsOf(Reflect.get(Object(client), name))]).toEqual([name, methodsOf(whole[name])]);
    const isResource = (name: string) => fieldOf(whole, name, "_stripe") !== undefined;
    const others = Object.keys(whole).filter(
      (name) => !name.startsWith("_") && isResource(name) && !STRIPE_RESOURCES.some((used) => used === name),
    );
    expect(others.length).toBeGreaterThan(30);
    expect(others.filter((name) => Reflect.has(Object(client), name))).toEqual([]);
    expect(bytes).toBeLessThan((await bundled("whole", CODE, [])).bytes / 2);
  });
});

describe("given the clients of AWS in a bundle", () => {
  let aws: LoopbackServer;
  const called: string[] = [];
  beforeAll(async () => {
    aws = await loopbackServer(({ headers }, body, response) => {
      const target = headers["x-amz-target"] ?? new URLSearchParams(body.toString()).get("Action");
      called.push(String(target));
      if (target === "SendEmail")
        return response
          .writeHead(200, { "content-type": "text/xml" })
          .end(
            `<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>mail-1</MessageId></SendEmailResult></SendEmailResponse>`,
          );
      if (target === "DynamoDB_20120810.GetItem")
        return answerJson(response, 200, { Item: { id: { S: "1" } } });
      return answerJson(response, 200, { QueueUrl: "http://queue" });
    });
    Object.assign(process.env, {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL: aws.url,
    });
  });
  afterAll(() => aws.close());

  it("each makes its calls and reads the responses, without Node's fetch", async () => {
    const { file } = await bundled(
      "aws",
      `import { getItem } from "./lib/aws/dynamodb.ts";
       import { sendMessage } from "./lib/aws/ses.ts";
       import { queueUrlOf } from "./lib/aws/sqs.ts";
       const mail = { from: "a@example.com", to: "b@example.com", subject: "s", html: "h", text: "t" };
       export const calls = () => Promise.all([getItem("table", { id: "1" }), sendMessage(mail), queueUrlOf("queue")]);`,
    );
    // In a process of its own, as in Lambda: the SDK imports modules of Node when it first needs them.
    const script = `require(${JSON.stringify(file)}).calls().then((got) =>
      console.log(JSON.stringify({ got, loaded: process.moduleLoadList.filter((name) => /undici/.test(name)) })))`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { env: process.env });
    const { got, loaded } = JSON.parse(stdout);
    expect(got).toEqual([{ id: "1" }, { messageId: "mail-1" }, "http://queue"]);
    expect(loaded).toEqual([]);
    expect(called.sort()).toEqual(["AmazonSQS.GetQueueUrl", "DynamoDB_20120810.GetItem", "SendEmail"]);
  });
});
