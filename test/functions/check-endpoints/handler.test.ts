/** The mail about a disabled endpoint: from the function's schedule to the administrator's mailbox. */
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { handler } from "../../../functions/check-endpoints/handler.ts";
import { createEndpoint, disableEndpoint } from "../../../lib/endpoints/endpoint-table.ts";
import { failingMailbox } from "../../steps/failing-mailbox.ts";
import * as given from "../../steps/given.ts";

given.localAws();
const log = given.capturedLog();
let mailbox: Awaited<ReturnType<typeof failingMailbox>>;
beforeAll(async () => {
  process.env.ADMIN_EMAIL = "admin@example.com";
  mailbox = await failingMailbox();
});
afterAll(async () => {
  delete process.env.ADMIN_EMAIL;
  await mailbox.close();
});

const run = () => handler({}, given.lambdaContext(60_000));
const disabled = async (host: string, reason: "failing" | "gone" | "operator") => {
  const surroundings = { now: new Date(), appSecrets: ["app-secret-of-the-tests"], loopback: false };
  const asked = { url: `https://${host}/hook?token=secret`, description: "The shop's backend" };
  const { endpoint } = await createEndpoint(asked, surroundings);
  await disableEndpoint(endpoint.endpointId, reason, new Date());
  return endpoint.endpointId;
};

it("given disabled endpoints, the administrator gets one mail for each that no operator disabled, also after SES was down", async () => {
  const failing = await disabled("failing.example.com", "failing");
  await disabled("chosen.example.com", "operator");
  mailbox.fail("throttled");
  await expect(run()).rejects.toThrow("RATE_LIMITED");
  expect(await mailbox.mails()).toEqual([]);

  await run();
  await run();
  const gone = await disabled("gone.example.com", "gone");
  await run();
  const mails = await mailbox.mails();
  expect(mails.map(({ destination }) => destination.to)).toEqual([
    ["admin@example.com"],
    ["admin@example.com"],
  ]);
  const [first, second] = [failing, gone].map(
    (id) => mails.find(({ subject }) => subject.includes(id))?.body.text,
  );
  expect(first).toContain("has not accepted a notification for days");
  expect(first).toContain("failing.example.com");
  expect(first).toContain(`npm run endpoints -- enable ${failing}`);
  expect(second).toContain("responded that it is gone (410)");
  expect(JSON.stringify(mails) + log.text()).not.toContain("token");
});
