/**
 * Guards that every generated contract has by default: its inputs are guarded, whatever their fields; its outputs are
 * not.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { emailTemplates } from "../generated/email-templates.ts";
import { workflows } from "../generated/workflows/index.ts";
import { CARD_NUMBER_MESSAGE } from "../lib/card-data.ts";

type Check = (value: unknown) => { readonly ok: boolean; readonly issues?: readonly object[] };

const capabilities = readdirSync("functions", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("contract.yml"))
  .map((file) => file.split("/")[0] ?? "");

const contractOf = async (
  capability: string,
): Promise<{ inputs: { check: Check }; outputs: { check: Check } }> =>
  (await import(`../generated/capabilities/${capability}.ts`)).contract;

const guarded = (check: Check) => {
  expect(check({ anything: ["4242 4242 4242 4242"] })).toEqual({
    ok: false,
    issues: [{ path: "anything.0", message: CARD_NUMBER_MESSAGE }],
  });
};

describe("given the generated contracts", () => {
  it.each(capabilities)(
    "inputs of %s with a card number are refused, and its outputs are checked only against its contract",
    async (capability) => {
      const { inputs, outputs } = await contractOf(capability);
      guarded(inputs.check);
      expect(JSON.stringify(outputs.check({ anything: ["4242 4242 4242 4242"] }))).not.toContain("card");
    },
  );

  it.each(Object.keys(workflows))("input of the workflow %s with a card number is refused", (workflow) => {
    guarded((value) => workflows[workflow]?.checkInput(value) ?? { ok: true });
  });

  it.each(Object.keys(emailTemplates))("data of the mail %s with a card number is refused", (template) => {
    guarded((value) => emailTemplates[template]?.check(value) ?? { ok: true });
  });
});
