import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "policy-"));
  for (const folder of ["lib", "scripts", "functions", "workflows"])
    cpSync(folder, join(project, folder), { recursive: true });
  cpSync("policies", join(project, "policies"), { recursive: true });
  cpSync("package.json", join(project, "package.json"));
  symlinkSync(join(process.cwd(), "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "payment.json"), '{"amount": 4200}');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function policy(
  args: readonly string[],
  input = "",
): { status: number | null; lines: string[]; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/policy.ts", ...args], {
    cwd: project,
    input,
    encoding: "utf8",
  });
  return { status, lines: stdout.trimEnd().split("\n"), errors: stderr };
}
const explain = (args: readonly string[], input = '{"amount": 4200}') => policy(["explain", ...args], input);

/** Cells of the table that begins with the line `rule ...`. */
function table(lines: readonly string[]): string[][] {
  const begin = lines.findIndex((line) => line.startsWith("rule "));
  const end = lines.indexOf("", begin);
  return lines.slice(begin, end < 0 ? undefined : end).map((line) => line.split(/ {2,}/));
}

describe("npm run policy -- explain", () => {
  it("prints a permission, and what every rule in scope says", () => {
    const { status, lines } = explain([
      "checkout",
      "stripe-create-payment-intent",
      "payment.json",
      "--now",
      "2026-11-25T10:00:00Z",
    ]);

    expect(status).toBe(0);
    expect(lines.slice(0, 4)).toEqual([
      "checkout (roles checkout): invoke stripe-create-payment-intent, stage dev, 2026-11-25T10:00:00.000Z",
      "PERMIT by checkout-may-take-payments",
      "The roles checkout and billing may create customers and payment intents",
      "",
    ]);
    expect(table(lines)).toEqual([
      ["rule", "effect", "answer", "because"],
      [
        "own-customer-only",
        "DENY",
        "did not match",
        "has(principal.customerId) && !(has(input.customerId) && input.customerId == principal.cust...",
      ],
      ["allowed-currencies", "DENY", "did not match", expect.stringMatching(/\.\.\.$/)],
      ["limit-amount", "DENY", "did not match", expect.stringMatching(/\.\.\.$/)],
      ["admin-may-do-everything", "PERMIT", "did not match", '"admin" in principal.roles'],
      [
        "checkout-may-take-payments",
        "PERMIT",
        "matched",
        "The roles checkout and billing may create customers and payment intents",
      ],
    ]);
    expect(lines.at(-1)).toBe(
      "Rules that read usage were left out; --usage callsThisMinute=1 asks them too.",
    );
  });

  it("prints a denial, from the standard input, and ends with 0", () => {
    const { status, lines } = explain(["admin", "stripe-create-payment-intent", "-"], '{"amount": 2000001}');

    expect(status).toBe(0);
    expect(lines.slice(1, 3)).toEqual([
      "DENY by limit-amount",
      expect.stringMatching(/^The amount is above the limit of one payment/),
    ]);
  });

  it("asks the rules that read usage where it is given", () => {
    const { lines } = explain([
      "admin",
      "stripe-create-payment-intent",
      "-",
      "--usage",
      "callsThisMinute=601",
    ]);

    expect(lines[1]).toBe("DENY by limit-calls-per-minute");
    expect(table(lines).map(([rule, , answer]) => [rule, answer])).toContainEqual([
      "limit-amount-per-customer-and-day",
      "did not match",
    ]);
    expect(lines.join()).not.toContain("were left out");
  });

  it("takes an id and roles, a customer, a stage and another action", () => {
    const { lines } = explain([
      "till-1=checkout,support",
      "stripe-create-payment-intent",
      "-",
      "--customer",
      "cus_ada",
      "--stage",
      "prod",
      "--action",
      "step",
    ]);

    expect(lines.slice(0, 2)).toEqual([
      expect.stringMatching(
        /^till-1 \(roles checkout, support, for cus_ada only\): step stripe-create-payment-intent, stage prod, 2/,
      ),
      "DENY by own-customer-only",
    ]);
  });

  it("takes the natural action of a workflow and of the audit log, and says what is masked", () => {
    const workflow = explain(
      ["nobody=", "process-payment", "-"],
      '{"amount": 5, "customerEmail": "ada@example.com"}',
    );
    const audit = explain(["support", "audit", "-"], "{}");

    expect(workflow.lines[0]).toMatch(/^nobody \(no roles\): start process-payment/);
    expect(workflow.lines[1]).toBe("DENY by default-deny");
    expect(audit.lines[0]).toMatch(/^support \(roles support\): read audit/);
    expect(audit.lines.slice(1, 4)).toEqual([
      "REDACT by addresses-are-masked",
      "Only the role admin reads from which address somebody called",
      "Masked in the answer: entries.actor.ipAddress",
    ]);
  });

  it.each([
    [
      "an input that the contract refuses",
      ["admin", "stripe-create-payment-intent", "-"],
      '{"amuont": 5}',
      "The contract refuses the input before any policy is asked:\n" +
        "  amount is required\n" +
        '  amuont is not a known field; did you mean "amount"?\n',
    ],
    [
      "an input that is no object",
      ["admin", "audit", "-"],
      "5",
      "The contract refuses the input before any policy is asked:\n  the input must be an object, but is a number\n",
    ],
    [
      "an unknown capability",
      ["admin", "send-emial", "-"],
      "{}",
      'capability "send-emial" is not known; did you mean "send-email"?\n',
    ],
    [
      "an action that does not go with it",
      ["admin", "audit", "-", "--action", "invoke"],
      "{}",
      '--action "invoke" does not go with audit; there are read\n',
    ],
    [
      "a time that is none",
      ["admin", "audit", "-", "--now", "soon"],
      "{}",
      "--now must be a time such as 2026-11-25T10:00:00Z\n",
    ],
    [
      "an unknown counter",
      ["admin", "audit", "-", "--usage", "callsThisMinut=5"],
      "{}",
      '--usage "callsThisMinut" is not counted; did you mean "callsThisMinute"?\n',
    ],
    [
      "a counter that counts nothing",
      ["admin", "audit", "-", "--usage", "callsThisMinute=x"],
      "{}",
      "--usage callsThisMinute must be a whole number: callsThisMinute=61\n",
    ],
    [
      "input that is no JSON",
      ["admin", "audit", "-"],
      '{\n"customer": "Ada" Lovelace}',
      "- cannot be read as JSON: it is no JSON (line 2 column 19)\n",
    ],
    // Nothing of it is quoted: a file may hold what no terminal should keep.
    ["a name", ["admin", "audit", "-"], "Ada Lovelace", "- cannot be read as JSON: it is no JSON\n"],
    [
      "a file that is not there",
      ["admin", "audit", "x.json"],
      "",
      expect.stringMatching(/^x.json cannot be read as JSON: ENOENT/),
    ],
    [
      "an unknown option",
      ["admin", "audit", "-", "--colour"],
      "{}",
      expect.stringMatching(/'--colour'[\s\S]*npm run policy/),
    ],
    ["too little", ["admin", "audit"], "{}", expect.stringMatching(/^npm run policy -- check\n/)],
    ["too much", ["admin", "audit", "-", "-"], "{}", expect.stringMatching(/^npm run policy -- check\n/)],
  ])("ends with 2 for %s, and says what would be right", (_what, args, input, says) => {
    expect(explain(args, input)).toEqual({ status: 2, lines: [""], errors: says });
  });
});

describe("npm run policy", () => {
  it.each([[[]], [["chekc"]], [["check", "more"]], [["test", "more"]]])(
    "%j ends with 2 and says how it is called",
    (args) => {
      const { status, errors } = policy(args);

      expect(status).toBe(2);
      expect(errors).toContain("npm run policy -- explain <principal> <capability> <input.json>");
    },
  );

  it("check says that nothing is wrong", () => {
    expect(policy(["check"])).toEqual({ status: 0, lines: ["13 policy rules, nothing wrong"], errors: "" });
  });

  it("test runs the decision tables", () => {
    expect(policy(["test"])).toMatchObject({
      status: 0,
      lines: [expect.stringMatching(/^\d{2,} cases, 0 decided otherwise$/)],
    });
  });
});

describe("npm run policy, where policies and cases do not agree", () => {
  const file = "policies/default.yml";
  const shipped = readFileSync(file, "utf8");
  const changed = (text: string) => writeFileSync(join(project, file), text);
  afterAll(() => changed(shipped));

  it("test ends with 1 and names each row", () => {
    changed(shipped.replace('"usd": 2000000', '"usd": 2000001'));

    expect(policy(["test"])).toEqual({
      status: 1,
      lines: [expect.stringMatching(/^\d+ cases, [23] decided otherwise$/)],
      errors: expect.stringMatching(
        /^policies\/default.cases.md:\d+ checkout invoke stripe-create-payment-intent: should be DENY by limit-amount, because "above the limit of one payment", but is PERMIT by checkout-may-take-payments/,
      ),
    });
  });

  it("check ends with 1 and says where a policy is wrong", () => {
    changed(shipped.replace("principal.roles", "principal.rolls"));

    expect(policy(["check"])).toEqual({
      status: 1,
      lines: [""],
      errors: expect.stringMatching(
        /^policies\/default.yml:\d+:\d+ principal has no "rolls"; did you mean "roles"\?\n$/,
      ),
    });
  });
});
