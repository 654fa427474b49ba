import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const FOLDER = "docs/decisions";
const RECORDS = readdirSync(FOLDER).filter((file) => /^\d{4}-.*\.md$/.test(file));
const SECTIONS = ["Context", "Decision", "Options considered", "Consequences"];

interface DecisionRecord {
  readonly number: string;
  readonly title: string;
  readonly date: string;
  readonly status: string;
  readonly text: string;
}

/** The record in the file; missing parts are empty. */
function recordIn(file: string): DecisionRecord {
  const text = readFileSync(`${FOLDER}/${file}`, "utf8");
  const [, number = "", title = ""] = /^# (\d{4}): (.+)$/m.exec(text) ?? [];
  const fact = (name: string) => new RegExp(`^- \\*\\*${name}\\*\\*: (.+)$`, "m").exec(text)?.[1] ?? "";
  return { number, title, date: fact("Date"), status: fact("Status"), text };
}

function section(text: string, name: string): string {
  return text.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? "";
}

describe("given the decision records", () => {
  it("more than fifteen exist, and no two have the same number", () => {
    const numbers = RECORDS.map((file) => file.slice(0, 4));
    expect(numbers.length).toBeGreaterThan(15);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it.each(RECORDS)("%s has the number of its file, a title and a date", (file) => {
    const { number, title, date } = recordIn(file);
    expect({ number, title }).toEqual({ number: file.slice(0, 4), title: expect.stringMatching(/\w/) });
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(Number.isNaN(Date.parse(date))).toBe(false);
  });

  it.each(RECORDS)("%s is accepted, or superseded by a record that exists", (file) => {
    const { status } = recordIn(file);
    expect(status).toMatch(/^(accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))$/);
    const successor = /\((.+)\)/.exec(status)?.[1];
    expect(successor === undefined || existsSync(`${FOLDER}/${successor}`)).toBe(true);
  });

  it.each(RECORDS)("%s says why each option was rejected, and has every section", (file) => {
    const { text } = recordIn(file);
    for (const name of SECTIONS) expect(section(text, name)).toMatch(/^.+\n\n\S/);
    const options =
      section(text, "Options considered")
        .replaceAll("\n  ", " ")
        .match(/^- .*$/gm) ?? [];
    expect(options).not.toEqual([]);
    for (const option of options) expect(option).toMatch(/^- \*\*.+: rejected.*, because /);
  });

  it("the index lists each record, in order, with its title, date and status", () => {
    const rows = readFileSync(`${FOLDER}/README.md`, "utf8").match(/^\| \[.*$/gm);
    expect(rows).toEqual(
      RECORDS.sort().map((file) => {
        const { number, title, date, status } = recordIn(file);
        return `| [${number}](${file}) | ${title} | ${date} | ${status} |`;
      }),
    );
  });
});
