/** The mails as their files say now. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { inScheme, mailsInFiles, renderSample } from "../../local/mail-rendering.ts";
import { readMailSamples } from "../../local/mail-samples.ts";

const before = { ...process.env };
let root: string;
beforeAll(() => {
  process.env.APP_SECRET = "app-secret-of-the-tests-of-mails";
  root = mkdtempSync(join(tmpdir(), "mails-"));
  for (const folder of ["languages", "functions/send-email"])
    cpSync(folder, join(root, folder), { recursive: true });
});
afterAll(() => {
  rmSync(root, { recursive: true });
  process.env = before;
});

describe("given a language in which a text is missing", () => {
  it("its place is named, and the mail is rendered without the text", async () => {
    const file = join(root, "languages/fr.yml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/( {2}receipt:\n(?: {4}.*\n)*?) {4}preheader:.*\n/, "$1"));
    const { mails, issues } = mailsInFiles(root);
    expect(issues).toEqual([
      expect.stringMatching(/^languages\/fr\.yml:\d+:\d+ the text mails\.receipt\.preheader is missing/),
    ]);
    const sample = readMailSamples(root).find(({ template }) => template === "receipt");
    if (sample === undefined) throw new Error("There is no sample of a receipt");
    const { subject, html } = await renderSample(mails, sample, "fr");
    expect(subject).toMatch(/^Reçu/);
    expect(html).toContain('<html lang="fr">');
  });
});

describe("given every mail in English, German and French", () => {
  // Mustache drops the spaces of a line that consists of partials only.
  it("no two sentences of its text run together", async () => {
    const { mails } = mailsInFiles(process.cwd());
    const joined: string[] = [];
    for (const sample of readMailSamples(process.cwd()))
      for (const language of ["en", "de", "fr"]) {
        const { text } = await renderSample(mails, sample, language);
        joined.push(...(text.replace(/https?:\S+/g, "").match(/\p{Ll}[.!?]\p{Lu}\p{Ll}+/gu) ?? []));
      }
    expect(joined).toEqual([]);
  });
});

describe("given the HTML of a mail", () => {
  it("its links leave the frame, also if it has no head", () => {
    expect(inScheme("<html><head><title>x</title></head></html>", false)).toContain(
      '<head><base target="_blank">',
    );
    expect(inScheme("<p>Paid</p>", true)).toBe('<base target="_blank"><p>Paid</p>');
  });
});
