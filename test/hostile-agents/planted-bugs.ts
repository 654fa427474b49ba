/** The planted bugs: each removes one guard of the product, and the conversations must show it. */
import type { Edit } from "../interleavings/world/code.ts";
import type { Promised } from "./finding.ts";

export interface PlantedBug extends Edit {
  /** Says what is wrong with it. */
  readonly id: string;
  readonly breaks: Promised;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    id: "each-call-has-a-key-of-its-own",
    file: "lib/mcp/derived-key.ts",
    source: "reference ?? null]",
    replacement: "reference ?? null, Math.random()]",
    breaks: "no double effect",
  },
  {
    id: "key-depends-on-the-order-of-arguments",
    file: "lib/mcp/derived-key.ts",
    source: "canonicalJson(parts)",
    replacement: "JSON.stringify(parts)",
    breaks: "no double effect",
  },
  {
    id: "defaults-change-the-key",
    file: "lib/mcp/derived-key.ts",
    source: "withDefaults(input, tool.inputSchema), reference",
    replacement: "input, reference",
    breaks: "no double effect",
  },
  {
    id: "approvals-are-not-asked-for",
    file: "lib/policy/decide.ts",
    source: "= approval ?? redactions[0] ?? permission;",
    replacement: "= redactions[0] ?? permission;",
    breaks: "no effect without approval",
  },
  {
    id: "approvals-do-not-expire",
    file: "lib/approvals/approval-item.ts",
    source: '? "expired" : stored;',
    replacement: "? stored : stored;",
    breaks: "no effect without approval",
  },
  {
    id: "amounts-are-not-added-up",
    file: "lib/usage/reserve-amount.ts",
    source: "const total = countIn((added ?? found)?.amount);",
    replacement: "const total = attempt.amount;",
    breaks: "no limit exceeded",
  },
  {
    id: "success-is-not-audited",
    file: "lib/capability/run-capability.ts",
    source: 'record.end("succeeded", redact(outputs, contract.outputs)),',
    replacement: "",
    breaks: "nothing unaudited",
  },
  {
    id: "client-secrets-are-shown",
    file: "lib/mcp/tool-result.ts",
    source: "fieldsOf(withoutWithheld(body))",
    replacement: "fieldsOf(body)",
    breaks: "no wrong response",
  },
];
