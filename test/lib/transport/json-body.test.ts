import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MAX_BODY_BYTES, parseJsonBody } from "../../../lib/transport/json-body.ts";

const json = { "content-type": "application/json" };
const parse = (body: string | Buffer, headers: Record<string, string> = json) =>
  parseJsonBody(Buffer.from(body), headers);

/** The refusal as `code path: message`. */
function refusalOf(body: string | Buffer, headers?: Record<string, string>): string {
  try {
    parse(body, headers);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && "issues" in thrown && Array.isArray(thrown.issues)) {
      const [{ path, message }] = thrown.issues;
      return `${thrown.code} ${path}: ${message}`;
    }
    throw thrown;
  }
  return "accepted";
}

describe("given a JSON body", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    'Application/JSON;charset="UTF-8"',
    "application/json ; charset = utf-8 ",
  ])("the content type %s is accepted", (type) => {
    expect(parse('{"a":1}', { "content-type": type })).toEqual({ a: 1 });
  });

  it.each([
    "",
    "text/plain",
    "application/jsonp",
    "application/problem+json",
    "application/json; charset=utf-16",
    "application/json; charset=iso-8859-1",
    "application/json; version=2",
    "application/json, application/json",
    "application/json, text/plain",
    "text/plain, application/json",
    "application/json; charset=utf-8; charset=utf-16",
  ])("the content type %j is refused", (type) => {
    expect(refusalOf("{}", { "content-type": type })).toMatch(
      /^BAD_REQUEST headers.Content-Type: must be application\/json/,
    );
  });

  it("a compressed body is refused, and one explicitly marked as uncompressed is accepted", () => {
    expect(refusalOf("{}", { ...json, "content-encoding": "gzip" })).toMatch(
      /^BAD_REQUEST headers.Content-Encoding/,
    );
    expect(parse("{}", { ...json, "content-encoding": "identity" })).toEqual({});
  });

  it("a body of exactly 256 KB is accepted, and one more byte is refused", () => {
    const filled = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;
    expect(parse(filled(MAX_BODY_BYTES))).toHaveLength(262_142);
    expect(refusalOf(filled(MAX_BODY_BYTES + 1))).toBe(
      "PAYLOAD_TOO_LARGE : has 262145 bytes; at most 262144 are allowed",
    );
  });

  it.each<[string, string | Buffer, string]>([
    ["nothing", "", "is empty; send a JSON object"],
    ["blanks", "  ", "is not valid JSON"],
    ["text", "{oops", "is not valid JSON (line 1, column 2)"],
    ["half of it", '{"amount": 1', "is not valid JSON"],
    ["two values", "{}\n{}", "is not valid JSON (line 2, column 1)"],
    ["NaN", '{"amount": NaN}', "is not valid JSON"],
    ["Infinity", '{"amount": Infinity}', "is not valid JSON"],
    ["a leading zero", '{"amount": 0100}', "is not valid JSON"],
    ["a comment", "{} // amount", "is not valid JSON"],
    ["a byte order mark", "\ufeff{}", "begins with a byte order mark"],
    ["a byte order mark of UTF-16", Buffer.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), "is not valid UTF-8"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "is not valid UTF-8"],
    ["half of a surrogate pair as bytes", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), "is not valid UTF-8"],
    ["an overlong slash", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), "is not valid UTF-8"],
  ])("%s is refused", (_what, body, message) => {
    expect(refusalOf(body)).toContain(`BAD_REQUEST : ${message}`);
  });

  it("the body is neither quoted nor kept as a cause for the log", () => {
    expect(() => parse('{"card": 4242424242424242x}')).toThrow(
      expect.not.objectContaining({ cause: expect.anything() }),
    );
    expect(refusalOf('{"card": 4242424242424242x}')).not.toContain("4242");
    expect(refusalOf('{"4242424242424242": 1, "4242424242424242": 2}')).toMatch(
      /^BAD_REQUEST \[card number\]:/,
    );
  });
});

describe("given an object with a name twice", () => {
  it.each([
    ["at the top", '{"amount": 1, "amount": 2}', "amount"],
    ["written in two ways", '{"amount": 1, "\\u0061mount": 2}', "amount"],
    ["deep inside", '{"a": [1, {"b": {}}, {"b": {"c": 1, "d": 2, "c": 3}}]}', "a.2.b.c"],
    ["after other objects", '[{"a": 1}, {"a": 1, "b": ["a", "a"], "a": 1}]', "1.a"],
    ["with an empty name", '{"": 1, "": 2}', ""],
    ["that is reserved", '{"__proto__": 1, "__proto__": 2}', "__proto__"],
    ["with punctuation in its name", '{"{\\":[,": 1, "{\\":[,": 2}', '{":[,'],
  ])("%s, it is refused at its path", (_where, body, path) => {
    expect(refusalOf(body)).toBe(
      `BAD_REQUEST ${path}: occurs twice; a name can occur only once in an object`,
    );
  });

  it("JSON without a repeated name is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom(0, 2), (text, indent) => {
        const body = JSON.stringify(JSON.parse(text), null, indent);
        expect(parse(body)).toEqual(JSON.parse(body));
      }),
    );
  });

  it("any repeated member is found, at any depth", () => {
    const key = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 6 }), key, fc.jsonValue(), (path, name, value) => {
        const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        const body = path.reduceRight(
          (inner, outer) => `{${JSON.stringify(outer)} : [${inner}]}`,
          `{${member} ,\n${member}}`,
        );
        expect(refusalOf(body)).toContain("occurs twice");
      }),
    );
  });

  it.each([
    ["brackets", "[".repeat(131_072) + "]".repeat(131_072)],
    ["objects", `${'{"a":'.repeat(43_000)}1${"}".repeat(43_000)}`],
    ["escapes", `"${"\\\\".repeat(131_000)}"`],
    ["names", `{${Array.from({ length: 20_000 }, (_, index) => `"n${index}":1`).join()}}`],
  ])("a body full of %s is read without a crash", (_what, body) => {
    expect(refusalOf(body)).toBe("accepted");
  });
});
