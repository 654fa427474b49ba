import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { watchSources } from "../../local/source-watch.ts";
import { waitFor } from "../../local/stack-client.ts";

let directory: string;
let watching: { close(): Promise<void> };
const logged: string[] = [];
const generated: string[][] = [];

beforeEach(() => {
  logged.length = 0;
  generated.length = 0;
  directory = mkdtempSync(join(tmpdir(), "sources-"));
  for (const folder of [
    "scripts",
    "functions/send-email/templates/link",
    "languages",
    "policies",
    "workflows",
  ])
    mkdirSync(join(directory, folder), { recursive: true });
  writeFileSync(
    join(directory, "scripts/generate.ts"),
    `import { readFileSync } from "node:fs";
     const text = readFileSync("policies/default.yml", "utf8");
     if (text.includes("mistake")) { console.error("policies/default.yml:1:1: a mistake"); process.exit(1); }
     console.log("Generated");`,
  );
  writeFileSync(join(directory, "policies/default.yml"), "rules: []");
  watching = watchSources({
    directory,
    log: (line) => logged.push(line),
    onGenerated: async (folders) => void generated.push([...folders]),
  });
});
afterEach(async () => {
  await watching.close();
  rmSync(directory, { recursive: true, force: true });
});

describe("given a running stack", () => {
  it.each([
    ["functions/send-email/templates/link/body.html", "functions"],
    ["functions/send-email/contract.yml", "functions"],
    ["languages/de.yml", "languages"],
    ["policies/default.yml", "policies"],
    ["workflows/pay.yml", "workflows"],
  ])("a change of %s generates again", async (file, folder) => {
    appendFileSync(join(directory, file), "\n# changed");
    await waitFor("the generation", async () => generated[0]);
    expect(generated[0]).toEqual([folder]);
    expect(logged).toEqual(["Generated"]);
  });

  it("a change of code does not: it is bundled again without that", async () => {
    writeFileSync(join(directory, "functions/send-email/operation.ts"), "export {};");
    writeFileSync(join(directory, "workflows/pay.yml"), "# changed");
    await waitFor("the generation", async () => generated[0]);
    expect(generated).toEqual([["workflows"]]);
  });

  it("a mistake is printed, and the next change can correct it", async () => {
    writeFileSync(join(directory, "policies/default.yml"), "mistake");
    await waitFor("the mistake", async () => logged.find((line) => line.includes("a mistake")));
    expect(generated).toEqual([]);
    writeFileSync(join(directory, "policies/default.yml"), "rules: []");
    await waitFor("the generation", async () => generated[0]);
  });
});
