/** The fields of a contract as a Markdown table. Pure. */
import { type Field, type Fields, isRequired } from "../../lib/compiler/contract/field.ts";
import { sensitivePaths } from "../../lib/compiler/contract/sensitive-fields.ts";

/** `presence`: the heading above whether a field is always there. Fields of objects and lists follow their field. */
export function fieldTable(fields: Fields, presence: "required" | "always present"): readonly string[] {
  const sensitive = new Set(sensitivePaths(fields).map((path) => pathText(path)));
  const rows = fieldsIn(fields, []).map(({ path, field }) => {
    const name = pathText(path);
    const notes = [field.description, sensitive.has(name) ? "Sealed where it is stored" : undefined];
    return [
      code(name),
      [field.integer === true ? "integer" : field.type, ...rulesOf(field)].join(", "),
      isRequired(field) ? "yes" : "no",
      notes
        .filter((note) => note !== undefined)
        .map(asSentence)
        .join(" "),
    ];
  });
  return table(["field", "type", presence, "what it is"], rows);
}

/** A Markdown table. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), `|${heads.map(() => "---|").join("")}`, ...rows.map(line)];
}

/** As code; a text with a backtick, such as a pattern, too. */
const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

const asSentence = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`);

interface Place {
  readonly path: readonly string[];
  readonly field: Field;
}

function fieldsIn(fields: Fields, above: readonly string[]): readonly Place[] {
  return Object.entries(fields).flatMap(([name, field]) => placesAt([...above, name], field));
}

function placesAt(path: readonly string[], field: Field): readonly Place[] {
  const item = field.items;
  const below =
    item === undefined
      ? fieldsIn(field.properties ?? {}, path)
      : item.properties === undefined
        ? placesAt([...path, "*"], item)
        : fieldsIn(item.properties, [...path, "*"]);
  return [{ path, field }, ...below];
}

/** `items[].priceId`, `access.active` */
const pathText = (path: readonly string[]) => path.join(".").replaceAll(".*", "[]");

function rulesOf(field: Field): readonly string[] {
  const { minimum, maximum, maxLength, format, pattern } = field;
  return [
    field.enum === undefined
      ? undefined
      : `one of ${field.enum.map((value) => code(String(value))).join(", ")}`,
    minimum === undefined ? undefined : `at least ${minimum}`,
    maximum === undefined ? undefined : `at most ${maximum}`,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    format === undefined ? undefined : `of the form ${code(format)}`,
    pattern === undefined ? undefined : `matching ${code(pattern)}`,
    field.default === undefined ? undefined : `${code(JSON.stringify(field.default))} by default`,
  ].filter((rule) => rule !== undefined);
}
