import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { handler } from "../../../functions/authorizer/handler.ts";
import { putItem } from "../../../lib/dynamodb.ts";
import type { Emulators } from "../../../local/emulators.ts";
import { httpEvent, localAws } from "../../steps/given.ts";

let aws: Emulators;
beforeAll(async () => {
  aws = await localAws();
  await given("good-key", {});
  await given("old-key", { expiresAt: 1 });
});
afterAll(() => aws.close());

const given = (key: string, more: object) =>
  putItem("ApiKeysTable", {
    keyHash: createHash("sha256").update(key).digest("hex"),
    principalId: "shop",
    roles: ["checkout"],
    ...more,
  });

function authorizing(authorization: string | undefined): APIGatewayRequestAuthorizerEventV2 {
  const { requestContext } = httpEvent({});
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: "arn",
    identitySource: authorization === undefined ? [] : [authorization],
    routeKey: "POST /",
    rawPath: "/",
    rawQueryString: "",
    cookies: [],
    headers: authorization === undefined ? {} : { authorization },
    requestContext: { ...requestContext },
  };
}

describe("given a request with an Authorization header", () => {
  it("a known key names its principal and roles", async () => {
    expect(await handler(authorizing("Bearer good-key"))).toEqual({
      isAuthorized: true,
      context: { principalId: "shop", roles: '["checkout"]' },
    });
  });

  it.each([
    ["Bearer bad-key", "unknown-key"],
    ["bearer old-key", "expired-key"],
    ["good-key", "no-bearer-key"],
    ["Basic good-key", "no-bearer-key"],
    [undefined, "no-bearer-key"],
  ])("%s names no principal but says why: %s", async (authorization, refusal) => {
    expect(await handler(authorizing(authorization))).toEqual({ isAuthorized: true, context: { refusal } });
  });
});
