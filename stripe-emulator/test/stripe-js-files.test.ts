import { readdirSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { stripeJsAsset } from "../pages/stripe-js-files.ts";

const FOLDER = `${import.meta.dirname}/../stripe-js`;
const ELEMENTS = "/_emulator/elements";

describe("given the files of Stripe.js", () => {
  it.each([
    ["/v3/", "text/javascript", "window.Stripe = Stripe"],
    ["/v3", "text/javascript", "window.Stripe = Stripe"],
    ["/stripe.js", "text/javascript", "window.Stripe = Stripe"],
    [`${ELEMENTS}/payment-frame`, "text/html", "<!doctype html>"],
    [`${ELEMENTS}/payment-frame.js`, "text/javascript", "applyAppearance"],
    [`${ELEMENTS}/payment-frame.css`, "text/css", "--colorPrimary"],
    [`${ELEMENTS}/controller-frame`, "text/html", "<!doctype html>"],
  ])("%s is served as %s", (path, contentType, content) => {
    const asset = stripeJsAsset(path);
    expect(asset?.contentType).toBe(`${contentType}; charset=utf-8`);
    expect(asset?.body).toContain(content);
  });

  it.each(["/", "/v3/x", "/v3/../stripe.js", "/payment-frame", `${ELEMENTS}/`, `${ELEMENTS}/stripe-js.ts`])(
    "nothing is served at %s",
    (path) => {
      expect(stripeJsAsset(path)).toBeUndefined();
    },
  );

  it("the page of a frame may load only the emulator's own files, and nothing inline", () => {
    const policy = stripeJsAsset(`${ELEMENTS}/payment-frame`)?.headers?.["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });

  it("every script, style and page of the folder is served", () => {
    const files = readdirSync(FOLDER).filter((file) => /\.(js|css|html)$/.test(file) && file !== "stripe.js");
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect([file, stripeJsAsset(`${ELEMENTS}/${file.replace(/\.html$/, "")}`)?.body.length]).toEqual([
        file,
        expect.any(Number),
      ]);
    }
  });
});
