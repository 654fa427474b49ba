import { describe, expect, it } from "@jest/globals";
import { readContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { breakingChanges, type ProjectVersion } from "../../../../lib/compiler/evolution/breaking-changes.ts";
import { YamlSource } from "../../../../lib/compiler/source/yaml-source.ts";
import { loadWorkflow } from "../../../../lib/compiler/workflow/load-workflow.ts";

const CONTRACT = `capabilityId: make-gift
provider: { type: stripe, operation: makeGift }
inputs:
  amount: { type: number, minimum: 50, maximum: 9000 }
  currency: { type: string, default: usd, enum: [usd, eur] }
  note: { type: string, optional: true, maxLength: 90 }
  code: { type: string, optional: true, pattern: "^[A-Z]+$" }
  labels: { type: object, optional: true }
  items:
    type: array
    items:
      type: object
      properties:
        priceId: { type: string }
        quantity: { type: number, integer: true, optional: true }
outputs:
  giftId: { type: string }
  state: { type: string, enum: [open, paid] }
  expiresAt: { type: timestamp, optional: true }
  lines:
    type: array
    items:
      type: object
      properties:
        total: { type: number, integer: true }
`;

const READING = `capabilityId: find-gift
readOnly: true
provider: { type: stripe, operation: findGift }
inputs:
  giftId: { type: string, optional: true }
  code: { type: string, optional: true }
outputs:
  giftId: { type: string }
`;

const WORKFLOW = `workflowId: give
version: 1.0.0
inputs:
  amount: { type: number }
  name: { type: string, optional: true }
steps:
  - id: make
    capability: make-gift
    inputs: { amount: "\${input.amount}", items: [] }
  - id: find
    capability: find-gift
    inputs: { giftId: "\${steps.make.output.giftId}" }
`;

const NOTIFICATIONS = `{
  "properties": {
    "type": { "enum": ["gift.made", "gift.opened"] },
    "object": { "$ref": "#/$defs/gift" }
  },
  "required": ["type", "object"],
  "$defs": {
    "gift": { "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] }
  }
}
`;

interface Texts {
  readonly contract?: string;
  readonly reading?: string;
  readonly workflow?: string;
  readonly notifications?: string;
}

function version(texts: Texts): ProjectVersion {
  const contracts = [
    ["make-gift", texts.contract],
    ["find-gift", texts.reading],
  ].flatMap(([name, text]) => {
    if (text === undefined) return [];
    const { contract, source } = readContract(`functions/${name}/contract.yml`, text);
    expect(source.issues).toEqual([]);
    return [{ value: contract, source }];
  });
  const workflow =
    texts.workflow === undefined ? undefined : loadWorkflow("workflows/give.yml", texts.workflow);
  return {
    contracts,
    workflows: workflow === undefined ? [] : [{ value: workflow.workflow, source: workflow.source }],
    notifications:
      texts.notifications === undefined
        ? undefined
        : new YamlSource("docs/notification.schema.json", texts.notifications),
  };
}

const ALL: Required<Texts> = {
  contract: CONTRACT,
  reading: READING,
  workflow: WORKFLOW,
  notifications: NOTIFICATIONS,
};

const breaksOf = (before: Texts, after: Texts) =>
  breakingChanges(version(before), version(after)).map(
    ({ file, line, column, message }) => `${file.split("/")[1]}:${line}:${column} ${message}`,
  );

type Part = keyof Texts;
type Change = readonly [
  what: string,
  part: Part,
  from: string,
  to: string,
  breaks: string,
  breaksBack?: string,
];

/** Each: a text, the text in its place, what breaks, and what breaks if the change is made the other way round. */
const CHANGES: readonly Change[] = [
  [
    "an input is removed",
    "contract",
    "  note: { type: string, optional: true, maxLength: 90 }\n",
    "",
    "make-gift:4:3 input note was removed",
  ],
  [
    "a required input is added",
    "contract",
    "  note:",
    "  to: { type: string }\n  note:",
    "make-gift:6:7 input to is new, and required",
    "make-gift:4:3 input to was removed",
  ],
  [
    "an input is required now",
    "contract",
    "optional: true, maxLength",
    "maxLength",
    "make-gift:6:9 input note is required now",
  ],
  [
    "an input loses its default",
    "contract",
    "default: usd, ",
    "",
    "make-gift:5:13 input currency is required now",
  ],
  [
    "an input gets another default",
    "contract",
    "default: usd",
    "default: eur",
    'make-gift:5:13 input currency is "eur" by default now; it was "usd"',
    'make-gift:5:13 input currency is "usd" by default now; it was "eur"',
  ],
  [
    "an input gets another type",
    "contract",
    "labels: { type: object",
    "labels: { type: string",
    "make-gift:8:11 input labels is string now; it was object",
    "make-gift:8:11 input labels is object now; it was string",
  ],
  [
    "an input accepts only whole numbers",
    "contract",
    "{ type: number, minimum",
    "{ type: number, integer: true, minimum",
    "make-gift:4:11 input amount is integer now; it was number",
  ],
  [
    "an input loses a value",
    "contract",
    "[usd, eur]",
    "[usd]",
    'make-gift:5:13 input currency does not accept "eur" any more',
  ],
  [
    "an input gets values",
    "contract",
    'code: { type: string, optional: true, pattern: "^[A-Z]+$" }',
    "code: { type: string, optional: true, enum: [A] }",
    'make-gift:7:9 input code accepts only "A" now',
    'make-gift:7:9 input code has a pattern now: "^[A-Z]+$"',
  ],
  [
    "an input's minimum rises",
    "contract",
    "minimum: 50",
    "minimum: 60",
    "make-gift:4:11 input amount has the minimum 60 now; it was 50",
  ],
  [
    "an input's maximum falls",
    "contract",
    "maximum: 9000",
    "maximum: 1000",
    "make-gift:4:11 input amount has the maximum 1000 now; it was 9000",
  ],
  [
    "an input gets a shorter length",
    "contract",
    "maxLength: 90",
    "maxLength: 9",
    "make-gift:6:9 input note has the maxLength 9 now; it was 90",
  ],
  [
    "an input gets a length",
    "contract",
    ', pattern: "^[A-Z]+$"',
    ', pattern: "^[A-Z]+$", maxLength: 5',
    "make-gift:7:9 input code has the maxLength 5 now; it had none",
  ],
  [
    "an input gets another pattern",
    "contract",
    "[A-Z]",
    "[a-z]",
    'make-gift:7:9 input code has another pattern now: "^[a-z]+$"',
    'make-gift:7:9 input code has another pattern now: "^[A-Z]+$"',
  ],
  [
    "an input of free form gets fields",
    "contract",
    "labels: { type: object",
    "labels: { type: object, properties: { a: { type: string, optional: true } }",
    "make-gift:8:11 input labels accepts only certain fields now; it accepted any",
  ],
  [
    "a field of an item is required now",
    "contract",
    "integer: true, optional: true",
    "integer: true",
    "make-gift:15:19 input items[].quantity is required now",
  ],
  [
    "an output is removed",
    "contract",
    "  giftId: { type: string }\n",
    "",
    "make-gift:17:3 output giftId was removed",
  ],
  [
    "an output can be absent now",
    "contract",
    "giftId: { type: string }",
    "giftId: { type: string, optional: true }",
    "make-gift:17:11 output giftId can be absent now",
  ],
  [
    "an output of an item is no whole number any more",
    "contract",
    "total: { type: number, integer: true }",
    "total: { type: number }",
    "make-gift:25:16 output lines[].total is number now; it was integer",
  ],
  ["an output gets another value", "contract", "[open, paid]", "[open, paid, late]", ""],
  [
    "a reading capability changes something now",
    "reading",
    "readOnly: true\n",
    "",
    "find-gift:1:1 calls need an Idempotency-Key now: the capability only read before",
  ],
  [
    "an input becomes personal",
    "reading",
    "code: { type: string, ",
    "code: { type: string, sensitive: true, ",
    "find-gift:6:9 input code is not accepted in a query any more",
  ],
  [
    "a reading capability needs a body",
    "reading",
    "code: { type: string, ",
    "code: { type: object, ",
    "find-gift:6:9 input code is object now; it was string\nfind-gift:2:11 GET requests are not accepted any more",
    "find-gift:6:9 input code is string now; it was object",
  ],
  [
    "a workflow's input is required now",
    "workflow",
    "name: { type: string, optional: true }",
    "name: { type: string }",
    "give.yml:5:9 input name is required now",
  ],
  [
    "a workflow loses a step",
    "workflow",
    `  - id: find
    capability: find-gift
    inputs: { giftId: "\${steps.make.output.giftId}" }
`,
    "",
    "give.yml:7:3 step find was removed, and its output with it",
  ],
  [
    "a step calls another capability",
    "workflow",
    "capability: make-gift",
    "capability: find-gift",
    "give.yml:7:5 output state of step make was removed\ngive.yml:7:5 output lines of step make was removed\ngive.yml:7:5 output expiresAt of step make was removed",
  ],
  [
    "a notification is removed",
    "notifications",
    ', "gift.opened"',
    "",
    "notification.schema.json:3:23 notification gift.opened was removed",
  ],
  [
    "a field of notifications is removed",
    "notifications",
    '"id": { "type": "string" } }, "required": ["id"]',
    '}, "required": []',
    "notification.schema.json:8:13 field object.id of notifications was removed",
  ],
];

describe("given two versions of a project", () => {
  it.each(CHANGES)(
    "%s: what breaks is named, with its place",
    (_what, part, from, to, breaks, breaksBack = "") => {
      expect(ALL[part].split(from)).toHaveLength(2);
      const changed = { ...ALL, [part]: ALL[part].replace(from, () => to) };
      const sorted = (text: string) =>
        text
          .split("\n")
          .filter((line) => line !== "")
          .sort();
      expect([...breaksOf(ALL, changed)].sort()).toEqual(sorted(breaks));
      expect([...breaksOf(changed, ALL)].sort()).toEqual(sorted(breaksBack));
    },
  );

  it("nothing breaks if nothing changes, or something is added", () => {
    expect(breaksOf(ALL, ALL)).toEqual([]);
    expect(breaksOf({}, ALL)).toEqual([]);
  });

  it("what was removed as a whole is named by its old file", () => {
    expect(breaksOf(ALL, {})).toEqual([
      "make-gift:1:1 the capability make-gift was removed",
      "find-gift:1:1 the capability find-gift was removed",
      "give.yml:1:1 the workflow give was removed",
      "notification.schema.json:1:1 the schema of notifications was removed",
    ]);
  });
});
