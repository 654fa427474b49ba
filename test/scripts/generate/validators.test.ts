/** The generated checks against ajv's own, with all that it reports: they are shortened, and must find the same. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import fc from "fast-check";
import { emailTemplates } from "../../../generated/email-templates.ts";
import { formats } from "../../../lib/compiler/contract/formats.ts";
import { objectSchema } from "../../../lib/compiler/contract/json-schema.ts";
import { checkWith } from "../../../lib/contract/validation-issues.ts";
import { tries } from "../../steps/effort.ts";
import { templates } from "../../steps/shipped-project.ts";

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true, formats });

const value = fc.oneof(
  fc.constantFrom<unknown>(
    "",
    "x".repeat(600),
    "usd",
    "2026-11-24T09:30:00Z",
    "ada@example.com",
    "pi_1",
    "4242",
  ),
  fc.constantFrom<unknown>("https://example.com/", 0, 1, -1, 1.5, 1e12, true, null, {}, [], [1], {
    amount: 1,
  }),
  fc.constantFrom<unknown>([{ description: "x", amount: 1 }, { description: 1 }]),
);

describe("given data for mails", () => {
  it.each(templates.map(({ name, data }) => ({ name, data })))(
    "the generated check of $name finds exactly what ajv finds",
    ({ name, data }) => {
      const check = checkWith(ajv.compile(objectSchema(data)));
      const fields = [...Object.keys(data), "unknown", "description"];
      fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...fields), value), (given) => {
          expect(emailTemplates[name]?.check(given)).toEqual(check(given));
        }),
        { numRuns: tries({ sample: 30, whole: 1_000 }) },
      );
    },
  );

  it("the generated checks have none of what nobody reads", () => {
    const code = readFileSync("generated/email-templates.validators.js", "utf8");
    for (const unread of ["schemaPath", "vErrors === null", "takes everything else from the card"])
      expect([unread, code.includes(unread)]).toEqual([unread, false]);
  });
});
