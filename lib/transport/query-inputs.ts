/** The query string of a GET request as the inputs of a reading capability. Pure. */
import type { QueryTypes } from "../capability/capability.ts";
import { invalidField } from "../errors.ts";
import { entryOf } from "../untrusted.ts";

/**
 * The inputs, each with the type that its contract wants. A text that is not of that type stays as it is, for the contract to
 * refuse. Throws VALIDATION_FAILED for an input that a URL must not contain: URLs are kept in logs.
 */
export function queryInputs(
  query: Readonly<Record<string, string | undefined>>,
  { types, bodyOnly }: { readonly types: QueryTypes; readonly bodyOnly: readonly string[] },
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, text]) => {
      if (bodyOnly.includes(name))
        throw invalidField(
          name,
          "is personal data, which a URL must not contain: send it in the body of a POST",
        );
      return text === undefined ? [] : [[name, inputOf(text, entryOf(types, name))]];
    }),
  );
}

function inputOf(text: string, type: QueryTypes[string] | undefined): unknown {
  switch (type) {
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text === "" ? [] : text.split(",");
    default:
      return text;
  }
}
