/** The parts of `npm run check-package` that need no package; .ci/run runs it as a whole. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { differing, digestsIn } from "../../scripts/check-package/package-files.ts";

const scratch = mkdtempSync(join(tmpdir(), "check-package-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function aPackage(name: string, files: Readonly<Record<string, string>>) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return digestsIn(folder);
}

describe("given two packages", () => {
  it("those with the same files are the same", () => {
    const files = { "a.zip": "A", "t.json": '["role"]' };
    expect(differing(aPackage("one", files), aPackage("other", files))).toEqual([]);
  });

  it("every file that differs, or that only one of them has, is named", () => {
    const one = aPackage("west", { "a.zip": "A", "b.zip": "B", "t.json": '"made at 12:00"' });
    const other = aPackage("east", { "a.zip": "A!", "c.zip": "C", "t.json": '"made at 12:01"' });
    expect(differing(one, other)).toEqual(["a.zip", "b.zip", "c.zip", "t.json"]);
  });
});
