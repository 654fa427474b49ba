/** The console's page as its server builds it. */
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { buildPage, type ConsolePage, pageHeaders } from "../../../scripts/console/server/page.ts";

/** Script and style together, as a browser gets them from a server that compresses. */
const MOST_BYTES = 60 * 1024;

describe("given the console's page", () => {
  let page: ConsolePage;
  beforeAll(async () => {
    page = await buildPage();
  });

  it("its script and style are at most 60 KB together, compressed", () => {
    const sizes = [...page.files.values()].map(({ body }) => gzipSync(body).length);
    expect(sizes).toHaveLength(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
  });

  it("nothing comes from another server, and nothing runs that is not in its script", () => {
    const texts = [page.document.body, ...[...page.files.values()].map(({ body }) => body)];
    for (const text of texts) {
      expect(text).not.toMatch(/(?:src|href|url|import)\s*[(=]\s*["'(]?https?:/i);
      expect(text).not.toMatch(/\beval\(|new Function\(/);
    }
    expect(page.document.body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/i);
    const policy = pageHeaders["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
  });
});
