import { afterEach, describe, expect, it } from "@jest/globals";
import { appSecrets, forgetSecrets } from "../../lib/secrets.ts";

afterEach(() => {
  delete process.env.APP_SECRET;
  forgetSecrets();
});

describe("given APP_SECRET", () => {
  it.each([
    ["one", ["one"]],
    ["new,old", ["new", "old"]],
    [" new , old ,, older,", ["new", "old", "older"]],
    ["bm90IGEgc2VjcmV0=", ["bm90IGEgc2VjcmV0="]],
  ])("%j is %j, the one in use first", async (text, secrets) => {
    process.env.APP_SECRET = text;
    expect(await appSecrets()).toEqual(secrets);
  });

  it("without a secret in it nothing can go on", async () => {
    process.env.APP_SECRET = " , ";
    await expect(appSecrets()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
  });
});
