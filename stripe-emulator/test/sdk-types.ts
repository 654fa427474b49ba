/**
 * The SDK's types as data, so that a test can compare any object with them, down to its last field. The declarations are
 * generated: one property, interface or namespace per line.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = "node_modules/stripe/esm/resources";

interface Property {
  type: string;
  optional: boolean;
}

/** The declarations of one file. Names are whole paths, such as `Charge.PaymentMethodDetails.Card`. */
interface Declarations {
  interfaces: Map<string, Map<string, Property>>;
  aliases: Map<string, string>;
  /** Imported name -> the file that it comes from. */
  imports: Map<string, string>;
}

const OPEN: ReadonlySet<string> = new Set(["any", "unknown", "Data.Object", "Data.PreviousAttributes"]);

const parsed = new Map<string, Declarations>();

/** What is wrong with a value of the type, one line per field; empty when it has the type's shape. */
export function problemsOf(value: unknown, file: string, type: string): string[] {
  return check(value, type, { file, scope: "" }, type);
}

interface Place {
  file: string;
  /** The interface or namespace in which a name is looked up first. */
  scope: string;
}

function check(value: unknown, type: string, place: Place, path: string): string[] {
  const options = alternativesOf(type, place);
  // The object of an event is compared on its own, as an object of its kind.
  const isOpen = options.some(({ text }) => OPEN.has(text));
  if (isOpen) return [];
  if (value === null || typeof value !== "object") {
    return options.some(({ text }) => isOfKind(value, text))
      ? []
      : [`${path}: ${JSON.stringify(value)} is not ${type}`];
  }
  const outcomes: string[] = [];
  for (const option of options) {
    const problems = problemsOfObject(value, option.text, option.place, path);
    if (problems?.length === 0) return [];
    outcomes.push(...(problems ?? []));
  }
  return outcomes.length === 0 ? [`${path}: an object is not ${type}`] : outcomes;
}

/** Undefined when the type is not one of objects. */
function problemsOfObject(value: object, text: string, place: Place, path: string): string[] | undefined {
  const item = /^(?:Array|ApiList)<(.*)>$/s.exec(text)?.[1];
  if (item !== undefined) {
    const isList = text.startsWith("ApiList");
    const items: unknown = isList && "data" in value ? value.data : value;
    if (!Array.isArray(items)) return [`${path}: not a list`];
    return items.flatMap((one, index) => check(one, item, place, `${path}[${index}]`));
  }
  const indexed =
    /^\{\s*\[key: string\]: (.*?);?\s*\}$/s.exec(text)?.[1] ?? (text === "Metadata" ? "string" : undefined);
  if (indexed !== undefined) {
    return Object.entries(value).flatMap(([name, one]) => check(one, indexed, place, `${path}.${name}`));
  }
  const found = find(text, place, (declarations) => declarations.interfaces);
  if (found === undefined) return undefined;
  const { place: at, result: properties } = found;
  const missing = [...properties].filter(([name, { optional }]) => !optional && !(name in value));
  return [
    ...missing.map(([name]) => `${path}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, one]) => {
      const property = properties.get(name);
      if (property === undefined) return [`${path}.${name}: not declared`];
      return check(one, property.type, at, `${path}.${name}`);
    }),
  ];
}

function isOfKind(value: unknown, text: string): boolean {
  if (value === null) return text === "null";
  if (typeof value === "string") {
    return ["string", "OtherString", "Decimal", `'${value}'`].includes(text) || text.endsWith(".Decimal");
  }
  return text === typeof value || text === String(value);
}

/** The parts of a union, with the names of other types replaced by what they stand for. */
function alternativesOf(type: string, place: Place): { text: string; place: Place }[] {
  return splitUnion(type).flatMap((text) => {
    const alias = /^[A-Z][\w.]*$/.test(text) ? find(text, place, ({ aliases }) => aliases) : undefined;
    return alias === undefined ? [{ text, place }] : alternativesOf(alias.result, alias.place);
  });
}

function splitUnion(type: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of type) {
    if ("<{(".includes(letter)) depth++;
    if (">})".includes(letter)) depth--;
    if (letter === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** Looks a name up where it is used, in the namespaces around it, and in the file that it is imported from. */
function find<T>(
  name: string,
  { file, scope }: Place,
  tableOf: (declarations: Declarations) => Map<string, T>,
): { result: T; place: Place } | undefined {
  const declarations = declarationsOf(file);
  const path = scope.split(".").filter(Boolean);
  for (let length = path.length; length >= 0; length--) {
    const whole = [...path.slice(0, length), name].join(".");
    const result = tableOf(declarations).get(whole);
    if (result !== undefined) return { result, place: { file, scope: whole } };
  }
  const [first = ""] = name.split(".");
  const from = declarations.imports.get(first);
  return from === undefined ? undefined : find(name, { file: from, scope: "" }, tableOf);
}

function declarationsOf(file: string): Declarations {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(ROOT, `${file}.d.ts`), "utf8").replaceAll(/\/\*\*.*?\*\//gs, "");
  const declarations: Declarations = { interfaces: new Map(), aliases: new Map(), imports: new Map() };
  parsed.set(file, declarations);
  const path: string[] = [];
  // Index signatures have lines of their own: they become part of the property's line.
  const lines = text.replaceAll(/\{\s*(\[key: string\]: [^;]*;)\s*\}/g, "{ $1 }").split("\n");
  for (const line of lines) {
    const imported = /^import \{ (.*) \} from '(\.{1,2}\/.*)\.js'/.exec(line);
    const block = /^\s*(?:export )?(?:declare )?(interface|namespace|class) (\w+).*\{$/.exec(line);
    const alias = /^\s*(?:export )?(?:declare )?type (\w+) = (.*);$/.exec(line);
    const property = /^\s*(\w+)(\??): (.*);$/.exec(line);
    if (imported !== null) {
      const from = join(dirname(file), imported[2] ?? "");
      for (const name of (imported[1] ?? "").split(", ")) declarations.imports.set(name, from);
    } else if (block !== null) {
      path.push(block[2] ?? "");
      if (block[1] === "interface") declarations.interfaces.set(path.join("."), new Map());
    } else if (alias !== null) {
      declarations.aliases.set([...path, alias[1]].join("."), alias[2] ?? "");
    } else if (/^\s*\}$/.test(line)) {
      path.pop();
    } else if (property !== null) {
      const [, name = "", mark, type = ""] = property;
      declarations.interfaces.get(path.join("."))?.set(name, { type, optional: mark === "?" });
    }
  }
  return declarations;
}
