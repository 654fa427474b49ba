/**
 * Every code block of the documentation is run, checked, or excused for a reason. A block of no kind, or an excuse that nothing needs,
 * fails a test here, with its place.
 */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { readQuery } from "../local/logs/query.ts";
import { isSettingName, settingSpec } from "../resources/settings.ts";
import { startStripeEmulator } from "../stripe-emulator/index.ts";
import { blocksIn, type DocumentedBlock, MARKDOWN_FILES } from "./steps/documented-blocks.ts";
import { commandsOfBlock } from "./steps/documented-commands.ts";

/** Why nothing can be checked about a block. */
const REASONS = {
  diagram: "a drawing, which its readers check",
  output: "what a command has printed once: ids and times differ each time",
  formula: "metric math, which only CloudWatch can compute",
} as const;

/** The excused blocks of each page, by how they begin. */
const EXCUSED: Readonly<Record<string, Readonly<Record<string, keyof typeof REASONS>>>> = {
  "README.md": { "flowchart LR": "diagram" },
  "docs/architecture.md": { "HTTP API ─> authorizer": "diagram" },
  "docs/audit.md": { "begin ──(entry is stored": "diagram" },
  "docs/endpoints.md": { "topic of notifications": "diagram" },
  "docs/failed-payments.md": { "100 * m1 / m2": "formula" },
  "docs/observability.md": { "2 customers were affected": "output", "at async p (/var/task/": "output" },
  "docs/reliability.md": { "deliveries accepted": "output" },
  "docs/repair.md": {
    "CREATED (UTC)        STATE": "output",
    "CREATED (UTC)        QUEUE": "output",
    "OBJECT                       KIND": "output",
    "The key belongs to": "output",
  },
  "docs/security.md": { "caller ──API key or token": "diagram" },
};

interface Kind {
  readonly how: "run" | "checked" | "excused";
  /** By this file, or by the check below. */
  readonly by: string;
  readonly takes: (block: DocumentedBlock) => boolean;
  /** Throws if the block is wrong. */
  readonly check?: (block: DocumentedBlock) => void;
}

const excuseOf = ({ file, text }: DocumentedBlock) =>
  Object.entries(EXCUSED[file] ?? {}).find(([beginning]) => text.startsWith(beginning))?.[1];

/** The first kind that takes a block is the block's. */
const KINDS: readonly Kind[] = [
  {
    how: "run",
    by: "test/docs/capabilities.test.ts",
    takes: ({ file, language }) => file === "docs/capabilities.md" && ["http", "json"].includes(language),
  },
  {
    how: "run",
    by: "test/dialect.test.ts",
    takes: ({ file, language, label }) =>
      (language === "yaml" && /^(contract|workflow|template|policy|function)( wrong)?$/.test(label)) ||
      (file === "docs/dialect.md" && ["mustache", "text"].includes(language)),
  },
  {
    how: "run",
    by: "test/system/gate-access.test.ts",
    takes: ({ file, language, label }) =>
      language === "ts" && label !== "" && ["docs/gate-access.md", "docs/tutorial-nextjs.md"].includes(file),
  },
  {
    how: "checked",
    by: "test/system/documented-code.test.ts",
    // A page in a browser.
    takes: ({ file, label }) => file === "client/README.md" && label === "subscribe.ts",
  },
  {
    how: "run",
    by: "test/system/documented-code.test.ts",
    takes: ({ language, label }) =>
      language === "ts" && label !== "" && namedIn("system/documented-code", label),
  },
  {
    how: "checked",
    by: "test/system/documented-code.test.ts",
    takes: ({ language }) => language === "ts",
  },
  {
    how: "run",
    by: "test/system/local-stack/documented-calls.ts",
    takes: ofCommands(/^curl -s localhost:3000/),
  },
  {
    how: "run",
    by: "test/system/documented-commands.test.ts",
    takes: ofCommands(/^curl .*localhost:12111|^npm run policy -- (explain|test|check)/),
  },
  {
    how: "checked",
    by: "test/system/documented-commands.test.ts, and test/system/documented-code.test.ts those of AWS",
    takes: ofCommands(/^(npm|npx|node|aws) |^curl .*localhost:(12111|5173)/),
  },
  {
    how: "checked",
    by: "its schema",
    takes: ({ language, label }) => language === "json" && Object.hasOwn(SCHEMAS, label),
    check: ({ text, label }) => {
      const isRight = SCHEMAS[label]?.();
      expect(isRight?.(JSON.parse(text)) === true ? [] : isRight?.errors).toEqual([]);
    },
  },
  {
    how: "checked",
    by: "the file that it names",
    takes: ({ language, text }) => language === "yaml" && /^# yaml-language-server: [^\n]*\n$/.test(text),
    check: ({ text }) => {
      const [, path = ""] = /\$schema=\.\.\/\.\.\/(\S+)/.exec(text) ?? [];
      JSON.parse(readFileSync(path, "utf8"));
    },
  },
  {
    how: "checked",
    by: "the reader of queries",
    takes: ({ language }) => language === "logs-insights",
    check: ({ text }) => void readQuery(text),
  },
  {
    how: "checked",
    by: "the table of settings",
    takes: ({ language }) => language === "dotenv",
    check: ({ text }) => {
      for (const [name, value = ""] of Object.entries(parseEnv(text))) {
        if (!isSettingName(name)) throw new Error(`${name} is not a setting`);
        const { example, mistake } = settingSpec(name);
        // As an example says it; a deployment with it is refused.
        if (value !== example) expect(mistake?.(value, "prod")).toBe(undefined);
      }
    },
  },
  {
    how: "run",
    by: "the Stripe emulator",
    takes: ({ file, language }) => file === "stripe-emulator/README.md" && language === "html",
  },
  { how: "excused", by: "the table above", takes: (block) => excuseOf(block) !== undefined },
];

function ofCommands(pattern: RegExp): Kind["takes"] {
  return (block) => {
    const commands = commandsOfBlock(block);
    return commands.length > 0 && commands.every(({ command }) => pattern.test(command));
  };
}
const namedIn = (test: string, label: string) => readFileSync(`test/${test}.test.ts`, "utf8").includes(label);

type Validate = ReturnType<Ajv2020["compile"]>;
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
function validator(schema: object): Validate {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
}
const ofOpenApi = (name: string) => () =>
  validator({ ...json("docs/openapi.json"), $ref: `#/components/schemas/${name}` });
const NOTIFICATION = "docs/notification.schema.json";
/** A policy of IAM that changes nothing. To receive a message hides it for a moment, and to start a query reads the log. */
const READING_POLICY = {
  type: "object",
  required: ["Version", "Statement"],
  properties: {
    Version: { const: "2012-10-17" },
    Statement: {
      type: "array",
      items: {
        type: "object",
        required: ["Sid", "Effect", "Action", "Resource"],
        additionalProperties: false,
        properties: {
          Sid: { type: "string", pattern: "^[A-Za-z0-9]+$" },
          Effect: { const: "Allow" },
          Action: { type: ["string", "array"], $ref: "#/$defs/reading" },
          Resource: { type: ["string", "array"] },
        },
      },
    },
  },
  $defs: {
    reading: {
      pattern: "^[a-z0-9]+:(BatchGet|Get|List|Describe|Query|Scan|Receive|StartQuery|StopQuery)",
      items: { type: "string", $ref: "#/$defs/reading" },
    },
  },
};
/** By the word behind `json`. */
const SCHEMAS: Readonly<Record<string, () => Validate>> = {
  "iam-policy": () => validator(READING_POLICY),
  Problem: ofOpenApi("Problem"),
  AuditEntry: ofOpenApi("AuditEntry"),
  Notification: () => validator(json(NOTIFICATION)),
  "Notification.object": () =>
    validator({ ...json(NOTIFICATION).properties.object, $defs: json(NOTIFICATION).$defs }),
};

const BLOCKS = MARKDOWN_FILES.flatMap((file) => blocksIn(file));
const kindOf = (block: DocumentedBlock) => KINDS.find(({ takes }) => takes(block));
const count = (how: Kind["how"]) => BLOCKS.filter((block) => kindOf(block)?.how === how).length;
const place = ({ file, line }: DocumentedBlock) => `${file}:${line}`;

describe(`given the ${BLOCKS.length} code blocks of ${MARKDOWN_FILES.length} Markdown files`, () => {
  it(`${count("run")} are run, ${count("checked")} are checked and ${count("excused")} are excused; none is left`, () => {
    const left = BLOCKS.filter((block) => kindOf(block) === undefined).map(
      (block) =>
        `${place(block)}: nothing runs or checks this block of "${block.language} ${block.label}"; CONTRIBUTING.md says what does`,
    );
    expect(left).toEqual([]);
    expect(BLOCKS.length).toBeGreaterThan(150);
  });

  it.each(
    BLOCKS.filter((block) => kindOf(block)?.check !== undefined).map(
      (block) => [place(block), block] as const,
    ),
  )("%s is right", (_, block) => kindOf(block)?.check?.(block));

  it.each(KINDS.filter(({ by }) => by.startsWith("test/")))(
    "$by names the pages that it checks",
    ({ by, takes }) => {
      expect(BLOCKS.filter(takes).length).toBeGreaterThan(0);
      const test = readFileSync(by.split(",")[0] ?? "", "utf8");
      expect(test).toMatch(/\.md|MARKDOWN_FILES|documented-(blocks|commands|shop)/);
    },
  );

  it("no page is excused for a block that it does not have", () => {
    for (const [file, beginnings] of Object.entries(EXCUSED))
      for (const beginning of Object.keys(beginnings))
        expect(`${file}: ${blocksIn(file).some(({ text }) => text.startsWith(beginning))}`).toBe(
          `${file}: true`,
        );
  });

  it("the script of Stripe.js that stripe-emulator/README.md names is served", async () => {
    const [block] = BLOCKS.filter(({ language }) => language === "html");
    const [, address = ""] = /^<script src="([^"]+)"><\/script>\n$/.exec(block?.text ?? "") ?? [];
    const emulator = await startStripeEmulator({ port: 0 });
    const response = await fetch(address.replace("12111", `${emulator.port}`));
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      expect.stringMatching(/javascript/),
    ]);
    await emulator.close();
  });
});

describe("given a Markdown file", () => {
  it("its blocks are found with their lines, languages and labels, also in a list", () => {
    const text = "# A\n\n1. B\n\n   ```ts a.ts\n   const a = 1;\n     // b\n   ```\n\n~~~\n```\n~~~\n";
    expect(blocksIn("a.md", text)).toEqual([
      { file: "a.md", line: 5, language: "ts", label: "a.ts", text: "const a = 1;\n  // b\n" },
      { file: "a.md", line: 10, language: "", label: "", text: "```\n" },
    ]);
  });

  it("a block that is never closed is reported", () => {
    expect(() => blocksIn("a.md", "\n```sh\nnpm test\n")).toThrow("a.md:2: this code block is never closed");
  });

  it("commands are found in pipes, behind variables and prompts, and on several lines", () => {
    const block = (language: string, text: string) =>
      commandsOfBlock({ file: "a.md", line: 1, language, label: "", text }).map(({ line, command }) => [
        line,
        command,
      ]);
    expect(
      block(
        "sh",
        "A=1 npm test  # all\naws s3 ls \\\n  --region x | npm run -s a\nb=$(npm run b)\n\nrm -rf x\n",
      ),
    ).toEqual([
      [2, "npm test"],
      [3, "aws s3 ls --region x"],
      [3, "npm run -s a"],
      [5, "npm run b"],
      [7, "rm -rf x"],
    ]);
    expect(block("console", "$ npm test\nnpm is not a command here\n")).toEqual([[2, "npm test"]]);
  });
});
