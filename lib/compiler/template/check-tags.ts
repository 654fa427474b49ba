/** Checks the tags of a Mustache text against what a mail can show. Pure. */
import Mustache, { type TemplateSpans } from "mustache";
import { suggestion } from "../../contract/suggestion.ts";
import { entryOf } from "../../untrusted.ts";
import { type Field, type Fields, fieldNamed } from "../contract/field.ts";

/** What a mail's tags can show. */
export interface KnownTags {
  readonly data: Fields;
  /** The tags that code makes from the data; undefined where the data's fields are shown as they are. */
  readonly made: readonly string[] | undefined;
  /** What `{{>name}}` includes: the texts of English, and the parts of the layout. */
  readonly partials?: Readonly<Record<string, string>>;
}

/** Receives a mistake at an offset of the text, counted from 0. */
type Note = (offset: number, message: string) => void;

/** What is known inside a section, innermost first. Undefined: anything can be in there. */
type Scope = Fields | undefined;

/** Notes where the text is not Mustache, and every tag that shows nothing. `known` is undefined while that is unclear. */
export function checkTags(text: string, known: KnownTags | undefined, note: Note): void {
  const spans = parsed(text, note);
  if (spans === undefined || known === undefined) return;
  checkSpans(spans, known, known.made === undefined ? [known.data] : [], note);
}

function checkSpans(
  spans: TemplateSpans,
  known: KnownTags,
  around: readonly Scope[],
  note: Note,
  /** The partials that these spans are in, outermost first. */
  within: readonly string[] = [],
): void {
  for (const { name, offset, type, scopes } of tagsIn(spans, around)) {
    if (type === ">") checkPartial(name, offset, known, scopes, note, within);
    else if (known.made === undefined) checkData(name, offset, scopes, note);
    else checkMade(name, offset, known.data, known.made, note);
  }
}

/** What is wrong in a partial is noted at the tag that includes it. */
function checkPartial(
  name: string,
  offset: number,
  known: KnownTags,
  scopes: readonly Scope[],
  note: Note,
  within: readonly string[],
): void {
  const text = entryOf(known.partials ?? {}, name);
  if (text === undefined) {
    const names = Object.keys(known.partials ?? {});
    note(offset, `unknown text {{>${name}}}: languages/en.yml does not have it${suggestion(name, names)}`);
    return;
  }
  if (within.includes(name)) return;
  const noteHere: Note = (_offset, message) => note(offset, `in {{>${name}}}: ${message}`);
  const spans = parsed(text, noteHere);
  if (spans !== undefined) checkSpans(spans, known, scopes, noteHere, [...within, name]);
}

/** The fields that no tag of these valid texts shows. */
export function unusedFields(
  texts: readonly string[],
  data: Fields,
  partials: Readonly<Record<string, string>> = {},
): string[] {
  const used = new Set(texts.flatMap((text) => namesIn(text, partials)).map((name) => name.split(".")[0]));
  return Object.keys(data).filter((name) => !used.has(name));
}

/** The names of all tags in a valid text, and in what it includes. */
function namesIn(text: string, partials: Readonly<Record<string, string>>): string[] {
  return tagsIn(Mustache.parse(text), []).flatMap(({ name, type }) => {
    if (type !== ">") return [name];
    const { [name]: included, ...others } = partials;
    return included === undefined ? [] : namesIn(included, others);
  });
}

/** Mustache ends its messages with the offset of the mistake: `Unclosed tag at 12`. */
function parsed(text: string, note: Note): TemplateSpans | undefined {
  try {
    return Mustache.parse(text);
  } catch (error) {
    const [, message = String(error), offset = "0"] =
      /^(.*?)(?: at (\d+))?$/.exec(error instanceof Error ? error.message : "") ?? [];
    note(Number(offset), message);
    return undefined;
  }
}

interface Tag {
  readonly name: string;
  readonly offset: number;
  /** Mustache's: `name`, `&`, `#`, `^` or `>`. */
  readonly type: string;
  readonly scopes: readonly Scope[];
}

function tagsIn(spans: TemplateSpans, scopes: readonly Scope[]): Tag[] {
  return spans.flatMap((span): Tag[] => {
    const [type, name, offset, , children] = span;
    if (type === "text" || type === "!" || type === "=") return [];
    const tag = { name, offset, type, scopes };
    if (!Array.isArray(children)) return [tag];
    return [tag, ...tagsIn(children, type === "#" ? inside(name, scopes) : scopes)];
  });
}

/** The scopes in a section: the fields of an object, or of the items of a list, come before those around it. */
function inside(name: string, scopes: readonly Scope[]): readonly Scope[] {
  const field = find(name, scopes);
  const item = field?.type === "array" ? field.items : field;
  if (item?.type === "object") return [item.properties, ...scopes];
  return field?.type === "array" && item === undefined ? [undefined, ...scopes] : scopes;
}

/** The field that a tag shows; undefined where that is not known. */
function find(name: string, scopes: readonly Scope[]): Field | undefined {
  const [first = "", ...deeper] = name.split(".");
  const scope = scopes.find((fields) => fields === undefined || fieldNamed(fields, first) !== undefined);
  const field = scope === undefined ? undefined : fieldNamed(scope, first);
  if (deeper.length === 0 || field?.properties === undefined) return deeper.length === 0 ? field : undefined;
  return find(deeper.join("."), [field.properties]);
}

/** `written`: the whole tag; `name`: the part of it that is still to be found in these scopes. */
function checkData(name: string, offset: number, scopes: readonly Scope[], note: Note, written = name): void {
  if (name === "." || scopes.includes(undefined)) return;
  const [first = "", ...deeper] = name.split(".");
  const declared = scopes.flatMap((fields) => Object.keys(fields ?? {}));
  if (!declared.includes(first)) {
    const where = written === name && scopes.length === 1 ? "in data" : "there";
    note(
      offset,
      `unknown tag {{${written}}}: no such field is declared ${where}${suggestion(first, declared)}`,
    );
    return;
  }
  const properties = find(first, scopes)?.properties;
  if (deeper.length > 0 && properties !== undefined)
    checkData(deeper.join("."), offset, [properties], note, written);
}

function checkMade(name: string, offset: number, data: Fields, made: readonly string[], note: Note): void {
  if (name === "." || made.some((tag) => tag === name || tag.endsWith(`.${name}`))) return;
  const isData = fieldNamed(data, name) !== undefined;
  note(
    offset,
    isData
      ? `{{${name}}} shows nothing: the mail shows only the tags that lib/email/views.ts makes from its data: ${made.join(", ")}`
      : `unknown tag {{${name}}}${suggestion(name, made)}`,
  );
}
