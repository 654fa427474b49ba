/** The form of an input: what it makes is valid for the schema that it was made from. */
import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import fc from "fast-check";
import { type Draft, draftOfFields, emptyFields, madeFields } from "../../../console/runs/draft.ts";
import type { Field } from "../../../lib/compiler/contract/field.ts";
import { objectSchema } from "../../../lib/compiler/contract/json-schema.ts";
import { type FormField, formOf } from "../../../scripts/console/runs/form.ts";
import { loadPolicyProject } from "../../../scripts/policy/project.ts";
import { tries } from "../../steps/effort.ts";

const ajv = new Ajv({ allErrors: true });
formats.default(ajv);

const limit = fc.option(fc.integer({ min: -5, max: 50 }), { nil: undefined });
const optional = fc.boolean();
const given = <Value>(record: Record<string, Value | undefined>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
const { field } = fc.letrec<{ field: Field }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    fc
      .record({
        optional,
        maxLength: fc.option(fc.nat(6), { nil: undefined }),
        pattern: fc.constantFrom(undefined, "^[a-z]{3}$", "^cus_\\w+$", "^.?$"),
        enum: fc.constantFrom(undefined, ["usd", "eur"]),
      })
      .map((limits): Field => ({ type: "string", ...given(limits) })),
    fc
      .record({ optional, minimum: limit, maximum: limit, integer: fc.constantFrom(true, undefined) })
      .map((limits): Field => ({ type: "number", ...given(limits) })),
    optional.map((isOptional): Field => ({ type: "boolean", optional: isOptional })),
    optional.map((isOptional): Field => ({ type: "timestamp", optional: isOptional })),
    optional.map((isOptional): Field => ({ type: "object", optional: isOptional })),
    fc.tuple(optional, tie("field")).map(
      ([isOptional, items]): Field => ({
        type: "array",
        optional: isOptional,
        items: { ...items, optional: false },
      }),
    ),
    fc
      .tuple(optional, fc.dictionary(fc.constantFrom("a", "b", "c"), tie("field"), { maxKeys: 3 }))
      .map(([isOptional, properties]): Field => ({ type: "object", optional: isOptional, properties })),
  ),
}));
const fields = fc.dictionary(fc.constantFrom("amount", "currency", "lines", "when"), field, {
  minKeys: 1,
  maxKeys: 2,
});

/** What people type: often what fits, often not. */
const typed = fc.oneof(
  fc.constantFrom(
    "",
    "usd",
    "cus_a",
    "🙂🙂",
    "4",
    "-2",
    "1.5",
    "1e5",
    " 7",
    "true",
    "false",
    '"usd"',
    "{}",
    "[1]",
  ),
  fc.constantFrom("2027-01-31T12:00:00Z", "2027-02-30T12:00:00Z", "2027-01-31", '{"a": 1}', "{", "007"),
);
function drafts(of: readonly FormField[]): fc.Arbitrary<Draft> {
  return fc.record(Object.fromEntries(of.map((each) => [each.name, draftFor(each)])));
}
function draftFor(each: FormField): fc.Arbitrary<Draft> {
  const { kind, fields: inner = [], item } = each;
  if (kind === "object") return drafts(inner);
  if (kind === "list" && item !== undefined) return fc.array(draftFor(item), { maxLength: 3 });
  return fc.oneof({ weight: 9, arbitrary: fitting(each) }, { weight: 1, arbitrary: typed });
}
function fitting({ kind, choices = [], format }: FormField): fc.Arbitrary<string> {
  if (kind === "choice") return fc.constantFrom("", ...choices);
  if (kind === "flag") return fc.constantFrom("true", "false");
  if (kind === "json") return fc.constantFrom("{}", '{"a": 1}');
  if (kind === "number") return fc.constantFrom("4", "10", "0", "2.5");
  return format === "date-time" ? fc.constant("2027-01-31T12:00:00Z") : fc.constantFrom("usd", "a", "cus_a");
}

describe("given the form of any contract", () => {
  const runs = { numRuns: tries({ sample: 250, whole: 5_000 }) };
  const filled = fields.chain((contract) => {
    const schema = objectSchema(contract);
    const form = formOf(schema);
    return drafts(form).map((draft) => ({ schema, form, draft }));
  });

  it("what it makes of any typing that it accepts is valid", () => {
    let accepted = 0;
    fc.assert(
      fc.property(filled, ({ schema, form, draft }) => {
        const { value, mistakes } = madeFields(form, draft);
        if (mistakes.length > 0) return;
        accepted += 1;
        const validate = ajv.compile(schema);
        validate(value);
        expect([value, validate.errors]).toEqual([value, null]);
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(runs.numRuns / 20);
  });

  it("what it has made can be typed again, and makes the same", () => {
    fc.assert(
      fc.property(filled, ({ form, draft }) => {
        const { value, mistakes } = madeFields(form, draft);
        if (mistakes.length > 0) return;
        expect(madeFields(form, draftOfFields(form, value))).toEqual({ value, mistakes: [] });
      }),
      runs,
    );
  });

  it("every mistake is at a field of the form", () => {
    fc.assert(
      fc.property(filled, ({ form, draft }) => {
        for (const { path, message } of madeFields(form, draft).mistakes) {
          expect(message).not.toBe("");
          expect(form.map(({ name }) => name)).toContain(path.split(".")[0]);
        }
      }),
      runs,
    );
  });
});

describe("given the shipped workflows and capabilities", () => {
  const project = loadPolicyProject();
  const forms = project.attempts.map(({ capability, action }) => ({
    name: `${action} ${capability}`,
    fields: formOf(project.schemaOf(capability, action)),
  }));

  it("only free-form objects and lists have to be written as JSON", () => {
    const json = (of: readonly FormField[]): FormField[] =>
      of.flatMap((each) => [
        ...(each.kind === "json" ? [each] : []),
        ...json([...(each.fields ?? []), ...(each.item === undefined ? [] : [each.item])]),
      ]);
    for (const { name, fields: each } of forms)
      expect([name, json(each).filter(({ jsonType }) => jsonType === undefined)]).toEqual([name, []]);
  });

  it("an empty form says which fields are required", () => {
    const form = formOf(project.schemaOf("process-payment", "start"));
    expect(madeFields(form, emptyFields(form)).mistakes).toEqual([
      { path: "customerEmail", message: "is required" },
      { path: "amount", message: "is required" },
    ]);
  });

  it("the input of process-payment is made of what is typed", () => {
    const form = formOf(project.schemaOf("process-payment", "start"));
    const draft = { ...emptyFields(form), customerEmail: "ada@example.com", amount: "4200" };
    expect(madeFields(form, draft)).toEqual({
      value: { customerEmail: "ada@example.com", amount: 4200 },
      mistakes: [],
    });
  });
});
