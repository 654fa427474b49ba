/** The parts of `npm run check-package` that need no package; .ci/run runs it as a whole. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { differing, digestsIn } from "../../scripts/check-package/package-files.ts";

const scratch = mkdtempSync(join(tmpdir(), "check-package-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function packageFor(region: string, files: Readonly<Record<string, string>>) {
  const folder = join(scratch, region);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return digestsIn(folder, region);
}

describe("given packages for two regions", () => {
  it("they are the same if only the region differs, also in the hash of a name that was too long", () => {
    const one = packageFor("eu-west-1", { "a.zip": "A", "t.json": '["role-eu-west-1","role-0123456789"]' });
    const other = packageFor("us-east-2", { "a.zip": "A", "t.json": '["role-us-east-2","role-abcdef0123"]' });
    expect(differing(one, other)).toEqual([]);
  });

  it("every file that differs otherwise, or that only one of them has, is named", () => {
    const one = packageFor("eu-west-2", { "a.zip": "A", "b.zip": "B", "t.json": '"made at 12:00"' });
    const other = packageFor("us-west-2", { "a.zip": "A!", "c.zip": "C", "t.json": '"made at 12:01"' });
    expect(differing(one, other)).toEqual(["a.zip", "b.zip", "c.zip", "t.json"]);
  });
});
