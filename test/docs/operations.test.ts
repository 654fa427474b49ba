/** docs/operations.md has a section for every alarm of the template, and for nothing else; its queries can be run. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { readQuery } from "../../local/logs/query.ts";
import { alarms } from "../../resources/alarms.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { workflowIds } from "../../resources/grants.ts";
import { TABLES } from "../../resources/tables.ts";
import { INCIDENTS } from "../../scripts/drill/all-incidents.ts";
import { contracts } from "../steps/shipped-project.ts";

const PAGE = readFileSync("docs/operations.md", "utf8");
const DEFINITIONS = functionDefinitions(contracts);
const ALARMS = Object.entries({ ...alarms(DEFINITIONS).Resources, ...eventQueues.Resources })
  .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
  .map(([id]) => id);
const ROWS = ["means", "first look", "do", "can it wait?", "ignored"];

interface Section {
  readonly title: string;
  /** Of the title, such as `ApiErrorsAlarm` or `...ErrorsAlarm`. */
  readonly names: readonly string[];
  readonly text: string;
}

const SECTIONS = PAGE.split(/^### /m)
  .slice(1)
  .map((part): Section => {
    const [title = "", ...lines] = part.split("\n");
    const names = [...title.matchAll(/`([.\w]+Alarm)`/g)].map(([, name = ""]) => name);
    return { title, names, text: lines.join("\n").split(/^## /m)[0] ?? "" };
  })
  .filter(({ names }) => names.length > 0);

const namesOf = SECTIONS.flatMap(({ names }) => names);
/** The name under which the page explains the alarm: its own, or the longest of those that stand for a kind. */
const nameOf = (id: string) =>
  namesOf.includes(id)
    ? id
    : namesOf
        .filter((name) => name.startsWith("...") && id.endsWith(name.slice(3)))
        .sort((a, b) => b.length - a.length)[0];
/** The code in the first cells of the section's rows. */
const firstCells = (name: string): string[][] => {
  const { text = "" } = SECTIONS.find(({ names }) => names.includes(name)) ?? {};
  return [...text.matchAll(/^\| (`.+?) \|/gm)].map(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code),
  );
};
const QUERIES = SECTIONS.flatMap(({ title, text }) =>
  [...text.matchAll(/^```logs-insights\n(.*?)^```/gms)].map(([, query = ""]) => ({
    title,
    query: query.trim(),
  })),
);

describe("given every alarm of the template", () => {
  it.each(ALARMS)("%s has a section", (id) => {
    expect(nameOf(id)).toBeDefined();
  });

  it.each(namesOf)("the section %s is about an alarm that exists", (name) => {
    expect(ALARMS.map(nameOf)).toContain(name);
  });

  it("no alarm is explained twice", () => {
    expect(new Set(namesOf).size).toBe(namesOf.length);
  });

  it.each(SECTIONS)(
    "the section $title says what it means, where to look, what to do, and what waiting costs",
    ({ text }) => {
      for (const row of ROWS)
        expect(text).toMatch(new RegExp(`^\\| ${row.replace("?", "\\?")} \\| .{3,} \\|$`, "m"));
      // One screen.
      expect(text.split("\n").length).toBeLessThan(40);
    },
  );
});

describe("given the tables of what an alarm is about", () => {
  it("each queue has a row", () => {
    expect(firstCells("...EventsDeadLetterAlarm").flat().sort()).toEqual([...CONSUMED_QUEUES].sort());
  });

  it("each workflow has a row", () => {
    expect(firstCells("...RunsFailedAlarm").flat().sort()).toEqual([...workflowIds()].sort());
  });

  it("each table has a row", () => {
    const names = TABLES.map((table) => table.charAt(0).toUpperCase() + table.slice(1));
    expect(firstCells("...ReadThrottlesAlarm").flat().sort()).toEqual(names.sort());
  });

  it("each function has a row, the first one that fits, and each row has a function", () => {
    const patterns = firstCells("...ErrorsAlarm").flat();
    const isFor = (pattern: string, name: string) =>
      new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name);
    const rowOf = (name: string) => patterns.find((pattern) => isFor(pattern, name));
    const found = DEFINITIONS.map(({ name }) => ({ name, row: rowOf(name) }));
    expect(found.filter(({ row }) => row === undefined)).toEqual([]);
    expect(patterns.filter((pattern) => !found.some(({ row }) => row === pattern))).toEqual([]);
  });
});

describe("given the queries of the page", () => {
  const SOURCES = globSync("{lib,functions}/**/*.ts")
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");

  it.each(QUERIES)("$title: $query can be read, and names events that functions log", ({ query }) => {
    expect(() => readQuery(query)).not.toThrow();
    for (const [, event] of query.matchAll(/event = "([^"]+)"/g)) expect(SOURCES).toContain(`"${event}"`);
  });
});

describe("given the incidents of the drill", () => {
  it.each(INCIDENTS)(
    "$name is named in the section of its alarm, and uses a query of that section",
    ({ name, alarm, query }) => {
      const section = SECTIONS.find(({ names }) => names.includes(nameOf(alarm) ?? ""));
      expect(section?.text).toContain(`npm run drill -- --only ${name}`);
      expect(QUERIES.filter(({ title }) => title === section?.title).map((one) => one.query)).toContain(
        query,
      );
    },
  );

  it("the page names no other incident", () => {
    const named = [...PAGE.matchAll(/npm run drill -- --only ([\w-]+)/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(INCIDENTS.map(({ name }) => name).sort());
  });
});

describe("given the links within the page", () => {
  it("each leads to a heading", () => {
    const anchorOf = (title: string) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-");
    const headings = [...PAGE.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => anchorOf(title));
    for (const [, anchor] of PAGE.matchAll(/\]\(#([\w-]+)\)/g)) expect(headings).toContain(anchor);
  });
});
