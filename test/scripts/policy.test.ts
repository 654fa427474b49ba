import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { policyCommand } from "../../scripts/policy/command.ts";
import { runPolicy } from "../../scripts/policy/run.ts";
import { runHere, spawned } from "../steps/commands.ts";

/** A copy of the project's sources that the tests change: the commands read the working directory. */
let project: string;
const home = process.cwd();
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "policy-"));
  for (const folder of ["functions", "languages", "workflows", "policies"])
    cpSync(folder, join(project, folder), { recursive: true });
  process.chdir(project);
});
afterAll(() => {
  process.chdir(home);
  rmSync(project, { recursive: true, force: true });
});

async function policy(
  words: readonly string[],
): Promise<{ status: number | null; lines: string[]; errors: string }> {
  const { status, out, err } = await runHere(policyCommand, runPolicy, words);
  return { status, lines: out.trimEnd().split("\n"), errors: err };
}

/** Runs `explain` with `words`; the file `input.json` contains `input`. */
function explain(words: readonly string[], input = '{"amount": 4200}') {
  writeFileSync("input.json", input);
  return policy(["explain", ...words]);
}

/** The cells of the table that starts with the line `rule ...`. */
function table(lines: readonly string[]): string[][] {
  const begin = lines.findIndex((line) => line.startsWith("rule "));
  const end = lines.indexOf("", begin);
  return lines.slice(begin, end < 0 ? undefined : end).map((line) => line.split(/ {2,}/));
}

describe("npm run policy -- explain", () => {
  it("prints a permission, and the outcome of every rule in scope", async () => {
    const { status, lines } = await explain([
      "checkout",
      "stripe-create-payment-intent",
      "input.json",
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
      ["rule", "effect", "outcome", "because"],
      [
        "own-customer-only",
        "DENY",
        "did not match",
        "has(principal.customerId) is false: principal.customerId is missing",
      ],
      [
        "allowed-currencies",
        "DENY",
        "did not match",
        expect.stringMatching(/^input\.currency in \["usd", .*\.\.\. is true: input\.currency is "usd"$/),
      ],
      ["agent-needs-approval-of-large-amounts", "APPROVE", "did not match", expect.stringMatching(/\.\.\.$/)],
      [
        "limit-amount",
        "DENY",
        "did not match",
        'input.amount > limit[input.currency] is false: input.amount is 4200, input.currency is "usd", limit[input.currency] is 2000000',
      ],
      [
        "admin-may-do-everything",
        "PERMIT",
        "did not match",
        '"admin" in principal.roles is false: principal.roles is ["checkout"]',
      ],
      [
        "checkout-may-take-payments",
        "PERMIT",
        "matched",
        "The roles checkout and billing may create customers and payment intents",
      ],
      [
        "agent-may-call",
        "PERMIT",
        "did not match",
        '"agent" in principal.roles is false: principal.roles is ["checkout"]',
      ],
      ["agent-needs-approval", "APPROVE", "did not match", expect.stringMatching(/\.\.\.$/)],
    ]);
    expect(lines.at(-1)).toBe(
      "Rules that read usage were left out; --usage callsThisMinute=1 includes them.",
    );
  });

  it("prints that a call needs an approval, and why", async () => {
    const { status, lines } = await explain(
      ["agent", "stripe-create-payment-intent", "input.json"],
      '{"amount": 50001}',
    );

    expect(status).toBe(0);
    expect(lines.slice(1, 3)).toEqual([
      "APPROVE by agent-needs-approval-of-large-amounts",
      "The role agent needs an approval for a payment above 500.00 US dollars or about as much in another currency",
    ]);
  });

  it("prints a denial, and ends with 0: a denial is a decision", async () => {
    const { status, lines } = await explain(
      ["admin", "stripe-create-payment-intent", "input.json"],
      '{"amount": 2000001}',
    );

    expect(status).toBe(0);
    expect(lines.slice(1, 3)).toEqual([
      "DENY by limit-amount",
      expect.stringMatching(/^The amount is above the limit of one payment/),
    ]);
  });

  it("as a process reads the input from standard input", async () => {
    process.chdir(home);
    const words = "explain admin stripe-create-payment-intent -";
    const { status, out } = await spawned("policy", words, {}, '{"amount": 2000001}');
    process.chdir(project);

    expect({ status, decision: out.split("\n")[1] }).toEqual({ status: 0, decision: "DENY by limit-amount" });
  });

  it("includes the rules that read usage when usage is given", async () => {
    const { lines } = await explain([
      "admin",
      "stripe-create-payment-intent",
      "input.json",
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

  it("accepts an id with roles, a customer, a stage and another action", async () => {
    const { lines } = await explain([
      "till-1=checkout,support",
      "stripe-create-payment-intent",
      "input.json",
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

  it("uses the natural action of a workflow and of the audit log, and says what is masked", async () => {
    const workflow = await explain(
      ["nobody=", "process-payment", "input.json"],
      '{"amount": 5, "customerEmail": "ada@example.com"}',
    );
    const audit = await explain(["support", "audit", "input.json"], "{}");

    expect(workflow.lines[0]).toMatch(/^nobody \(no roles\): start process-payment/);
    expect(workflow.lines[1]).toBe("DENY by default-deny");
    expect(audit.lines[0]).toMatch(/^support \(roles support\): read audit/);
    expect(audit.lines.slice(1, 4)).toEqual([
      "REDACT by addresses-are-masked",
      "Only the role admin may see the IP addresses of callers",
      "Masked in the response: entries.actor.ipAddress",
    ]);
  });

  it.each([
    [
      "an input that the contract refuses",
      ["admin", "stripe-create-payment-intent", "input.json"],
      '{"amuont": 5}',
      "The contract refuses the input before any policy is evaluated:\n" +
        "  amount is required\n" +
        '  amuont is not a known field; did you mean "amount"?\n',
    ],
    [
      "an input that is not an object",
      ["admin", "audit", "input.json"],
      "5",
      "The contract refuses the input before any policy is evaluated:\n  the input must be an object, but is a number\n",
    ],
    [
      "an unknown capability",
      ["admin", "send-emial", "input.json"],
      "{}",
      'capability "send-emial" is not known; did you mean "send-email"?\n',
    ],
    [
      "an action that the resource does not have",
      ["admin", "audit", "input.json", "--action", "invoke"],
      "{}",
      '--action "invoke" is not an action of audit; known: read\n',
    ],
    [
      "an invalid time",
      ["admin", "audit", "input.json", "--now", "soon"],
      "{}",
      "--now must be a time such as 2026-11-25T10:00:00Z\n",
    ],
    [
      "an unknown counter",
      ["admin", "audit", "input.json", "--usage", "callsThisMinut=5"],
      "{}",
      '--usage "callsThisMinut" is not counted; did you mean "callsThisMinute"?\n',
    ],
    [
      "a counter that is not a number",
      ["admin", "audit", "input.json", "--usage", "callsThisMinute=x"],
      "{}",
      "--usage callsThisMinute must be a whole number: callsThisMinute=61\n",
    ],
    [
      "input that is not JSON",
      ["admin", "audit", "input.json"],
      '{\n"customer": "Ada" Lovelace}',
      "input.json cannot be read as JSON: it is not JSON (line 2 column 19)\n",
    ],
    // The message quotes nothing of the file, because it may contain data that must not stay on a terminal.
    [
      "a name",
      ["admin", "audit", "input.json"],
      "Ada Lovelace",
      "input.json cannot be read as JSON: it is not JSON\n",
    ],
    [
      "a file that does not exist",
      ["admin", "audit", "x.json"],
      "",
      expect.stringMatching(/^x.json cannot be read as JSON: ENOENT/),
    ],
    [
      "an unknown option",
      ["admin", "audit", "input.json", "--colour"],
      "{}",
      expect.stringMatching(
        /^explain has no option --colour; known: --action[\s\S]*\n\nnpm run policy -- explain/,
      ),
    ],
    [
      "too few arguments",
      ["admin", "audit"],
      "{}",
      expect.stringMatching(/^explain needs <input.json>, a file[\s\S]*\n\nnpm run policy -- explain/),
    ],
    [
      "too many arguments",
      ["admin", "audit", "input.json", "input.json"],
      "{}",
      expect.stringMatching(/^explain takes no further arguments\n\nnpm run policy -- explain/),
    ],
    [
      "an invalid name of a stage",
      ["admin", "audit", "input.json", "--stage", "../prod"],
      "{}",
      expect.stringMatching(
        /^--stage must be the name of a stage: up to 16 lowercase letters, digits and hyphens, such as prod\n/,
      ),
    ],
  ])("ends with 2 for %s, and says what would be right", async (_what, args, input, says) => {
    expect(await explain(args, input)).toEqual({ status: 2, lines: [""], errors: says });
  });
});

describe("npm run policy", () => {
  it.each([[[]], [["chekc"]], [["explain"]]])("%j ends with 2 and prints the usage", async (args) => {
    const { status, errors } = await policy(args);

    expect(status).toBe(2);
    expect(errors).toContain("npm run policy -- explain <principal> <capability> <input.json>");
  });

  it("check says that nothing is wrong", async () => {
    expect(await policy(["check"])).toEqual({
      status: 0,
      lines: [expect.stringMatching(/^\d+ policy rules and \d+ cases are correct$/)],
      errors: "",
    });
  });

  it("test runs the decision tables", async () => {
    expect(await policy(["test"])).toMatchObject({
      status: 0,
      lines: [expect.stringMatching(/^\d{2,} cases, 0 decided differently, 0 gaps$/)],
    });
  });
});

describe("npm run policy, when policies and cases do not agree", () => {
  const [file, casesFile] = ["policies/default.yml", "policies/default.cases.md"];
  const shippedCases = readFileSync(casesFile, "utf8");
  const shipped = readFileSync(file, "utf8");
  const changed = (text: string, path = file) => writeFileSync(join(project, path), text);
  afterAll(() => changed(shipped));

  it("test ends with 1 and names each row", async () => {
    changed(shipped.replace('"usd": 2000000', '"usd": 2000001'));

    const { status, lines, errors } = await policy(["test"]);
    const rows = errors.trim().split("\n");
    expect(rows).toContainEqual(
      expect.stringMatching(
        /^policies\/default.cases.md:\d+ checkout invoke stripe-create-payment-intent: should be DENY by limit-amount, because "above the limit of one payment", but is PERMIT by checkout-may-take-payments/,
      ),
    );
    expect({ status, lines }).toEqual({
      status: 1,
      lines: [expect.stringMatching(new RegExp(`^\\d+ cases, ${rows.length} decided differently, 0 gaps$`))],
    });
  });

  it("test ends with 1 and names the gaps: an attempt without a case, and a rule that decides none", async () => {
    const withoutRead = shippedCases.replace(/^\| billing +\| read +\| audit .*\n/m, "");
    changed(withoutRead, casesFile);
    changed(`${shipped}  - { id: never, effect: DENY, condition: principal.id == "never", reason: Never }\n`);

    const { status, lines, errors } = await policy(["test"]);
    changed(shippedCases, casesFile);
    changed(shipped);
    expect({ status, last: lines.at(-1) }).toEqual({ status: 1, last: expect.stringMatching(/, \d gaps$/) });
    expect(errors).toContain("no case is decided by the rule never\n");
    expect(errors).toContain("the role billing has no case for: read audit\n");
  });

  it("check ends with 1 and prints the place of a mistake in a policy", async () => {
    changed(shipped.replace("principal.roles", "principal.rolls"));

    expect(await policy(["check"])).toEqual({
      status: 1,
      lines: [""],
      errors: expect.stringMatching(
        /^policies\/default.yml:\d+:\d+ principal has no "rolls"; did you mean "roles"\?\n$/,
      ),
    });
  });

  it("check ends with 1 and prints the place of a role in a decision table that no rule mentions", async () => {
    changed(shipped);
    changed(shippedCases.replace("| checkout, support |", "| checkout, suport  |"), casesFile);
    const line = shippedCases.slice(0, shippedCases.indexOf("| checkout, support |")).split("\n").length;

    expect(await policy(["check"])).toEqual({
      status: 1,
      lines: [""],
      errors: `${casesFile}:${line}:13 no rule of policies/ mentions the role "suport"; did you mean "support"?\n`,
    });
    changed(shippedCases, casesFile);
  });
});
