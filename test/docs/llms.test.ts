/** llms.txt, which models read first. https://llmstxt.org describes its form. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const TEXT = readFileSync("llms.txt", "utf8");
const LINKS = [...TEXT.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) => path);

describe("given llms.txt", () => {
  it("it has a title, a summary and lists of links", () => {
    expect(TEXT).toMatch(/^# [^\n]+\n\n> [^\n]+\n/);
    expect(TEXT.match(/^## .+$/gm)).toContain("## Optional");
  });

  it.each(LINKS)("%s exists", (path) => {
    expect(existsSync(path)).toBe(true);
  });

  it("it links to the page for agents and to the OpenAPI document, each page once", () => {
    expect(LINKS).toEqual(expect.arrayContaining(["docs/agents.md", "docs/openapi.json"]));
    expect(new Set(LINKS).size).toBe(LINKS.length);
  });
});
