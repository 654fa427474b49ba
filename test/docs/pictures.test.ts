/** The pictures that the docs show. `npm run screenshots` takes them. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const PICTURES = globSync("docs/pictures/**/*.png").sort();
const LARGEST_BYTES = 100 * 1024;

const shown = [...globSync("docs/*.md"), "README.md"].flatMap((file) =>
  [
    ...readFileSync(file, "utf8").matchAll(
      /<img src="(?<source>[^"]+)"[^>]* alt="(?<alt>[^"]*)"|!\[(?<alt>[^\]]*)\]\((?<source>[^)]+\.png)\)/g,
    ),
  ].map(({ groups: { source = "", alt = "" } = {} }) => ({
    file,
    picture: file === "README.md" ? source : `docs/${source}`,
    alt,
  })),
);

describe("given the docs", () => {
  it.each(shown)("$file: $picture exists, and is described", ({ picture, alt }) => {
    expect(existsSync(picture)).toBe(true);
    expect(alt).toMatch(/\w{3}/);
  });

  it.each(PICTURES)("%s is shown, and small", (picture) => {
    expect(shown.map((one) => one.picture)).toContain(picture);
    expect(statSync(picture).size).toBeLessThan(LARGEST_BYTES);
  });
});
