/** The README's tables, compared with the code. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { OPTIONS } from "../command-line.ts";
import { ACTIONS } from "../control/actions.ts";
import { FAULT_FIELDS } from "../faults/fault-input.ts";
import { TEST_CARDS, type TestCard, testCardByName } from "../payments/test-cards.ts";
import { API_VERSION } from "../protocol/api-version.ts";
import { endpoints } from "../resources/all-endpoints.ts";

const FOLDER = join(import.meta.dirname, "..");
const README = readFileSync(join(FOLDER, "README.md"), "utf8");

function section(title: string): string {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (text === undefined) throw new Error(`The README has no section "${title}".`);
  return text;
}

/** The cells of all rows of all tables in a text, without the heads. */
function rows(text: string): string[][] {
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const isHead = /^\| -/.test(lines[index + 1] ?? "");
    return line.startsWith("|") && !line.startsWith("| -") && !isHead ? [cells(line)] : [];
  });
}

/** All code spans of a text that match. */
const codes = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code).filter((code) => pattern.test(code));

/** The event types that the code emits. */
function emittedTypes(): string[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts") && !file.startsWith("test"));
  const text = sources.map((file) => readFileSync(join(FOLDER, file), "utf8")).join("\n");
  return [...text.matchAll(/\bemit\(\s*"([\w.]+)"/g)].map(([, type = ""]) => type);
}

function effectOf({ behaviour, failedChecks = {}, risk }: TestCard): RegExp {
  const codesOf = ({ code, declineCode }: { code: string; declineCode?: string }) =>
    declineCode === undefined ? `declined: \`${code}\`$` : `declined: \`${code}\`, \`${declineCode}\`$`;
  switch (behaviour.kind) {
    case "succeeds":
      if (risk !== undefined) return new RegExp(`^succeeds, with an ${risk} risk$`);
      return new RegExp(
        ["^succeeds", ...Object.entries(failedChecks).map(([check, result]) => `${check}.* ${result}`)].join(
          ".*",
        ),
      );
    case "declines":
      return new RegExp(
        `^${behaviour.decline.isBlocked ? "blocked, and " : ""}${behaviour.attaches ? "can be attached to a customer; a charge is " : ""}${codesOf(behaviour.decline)}`,
      );
    case "authenticates":
      if (behaviour.afterwards !== undefined)
        return new RegExp(`^always needs .*${codesOf(behaviour.afterwards)}`);
      if (behaviour.when === "on_session") return /^needs authentication while the customer is present$/;
      return behaviour.when === "always"
        ? /^always needs authentication$/
        : /until it is set up for later use$/;
    case "disputed": {
      const times = behaviour.times === 1 ? "" : ` ${behaviour.times} times`;
      const how = behaviour.isInquiry
        ? "an inquiry follows"
        : `then disputed${times}: \`${behaviour.reason}\``;
      return new RegExp(`^succeeds, ${how}$`);
    }
    case "reported_as_fraud":
      return /^succeeds, then reported as fraud$/;
    case "refund_fails":
      return /^succeeds; a refund fails$/;
    case "refund_pends":
      return /^succeeds; a refund is pending for a day$/;
    case "bypasses_pending":
      return /^succeeds, and `balance.available` follows$/;
  }
}

describe("the README", () => {
  it("lists every request of the API, and none that the emulator does not serve", () => {
    const listed = codes(section("API"), /^(GET|POST|DELETE) /).map((code) =>
      code.replaceAll(/\{(\w+)\}/g, ":$1"),
    );
    expect(listed.sort()).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it("lists every event that the emulator emits, and no other", () => {
    const listed = codes(section("API"), /^[a-z_]+\.[a-z_.]+$/);
    expect(listed.sort()).toEqual([...new Set(emittedTypes())].sort());
  });

  it("lists every action of the control interface, and none that does not exist", () => {
    const listed = codes(section("Control interface").split("###")[0] ?? "", /^(GET|POST|DELETE) /);
    const actions = [...ACTIONS.keys()].map((name) =>
      name.replace("faults/:id", "faults/{kind}").replace(":id", "{id}"),
    );
    expect(listed.sort()).toEqual(actions.sort());
  });

  it("lists every kind of fault with its fields", () => {
    const listed = rows(section("Faults")).map(([cell = ""]) => {
      const [, kind = "", fields = ""] = /^`(\w+)(?: \{(.*)\})?`$/.exec(cell) ?? [];
      return [kind, fields.replaceAll("?", "").split(", ").filter(Boolean).sort()];
    });
    const known = Object.entries(FAULT_FIELDS).map(([kind, fields]) => [
      kind,
      fields.filter((field) => field !== "times" && field !== "after").sort(),
    ]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known));
  });

  it("lists every test card with what it does", () => {
    const listed = rows(section("Test cards"));
    expect(listed.map(([number, name]) => [number, name])).toEqual(
      TEST_CARDS.map(({ number, name }) => [number, `\`${name}\``]),
    );
    for (const [index, card] of TEST_CARDS.entries()) {
      expect(listed[index]?.[2]).toMatch(effectOf(card));
    }
    expect(codes(README, /^pm_card_/).filter((name) => testCardByName(name) === undefined)).toEqual([]);
  });

  it("lists every option of the command with its variable and its default", () => {
    const listed = rows(section("Start it")).filter(([option]) => option !== "`--help`");
    const code = (text: string | undefined) => (text === undefined ? "" : `\`${text}\``);
    const options = Object.entries<{ variable: string; default?: string }>(OPTIONS);
    expect(listed.map((cells) => cells.slice(0, 3))).toEqual(
      options.map(([name, option]) => [`\`--${name}\``, `\`${option.variable}\``, code(option.default)]),
    );
  });

  it("says where every folder and file is, and names the API version", () => {
    const listed = codes(
      rows(section("Where things are"))
        .map(([cell]) => cell)
        .join(),
      /./,
    );
    const entries = readdirSync(FOLDER, { withFileTypes: true })
      .filter(({ name }) => name !== "README.md")
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    expect(listed.sort()).toEqual(entries.sort());
    expect(README).toContain(API_VERSION);
  });
});
