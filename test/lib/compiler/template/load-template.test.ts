import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { readTemplate, type TemplateFiles } from "../../../../lib/compiler/template/load-template.ts";
import { readLanguageFiles } from "../../../../scripts/generate/load-languages.ts";
import { readTemplates } from "../../../../scripts/generate/load-templates.ts";

interface Mistake {
  readonly given: string;
  readonly template?: string;
  readonly html?: string;
  readonly text?: string;
  /** The file that is missing. */
  readonly without?: "yaml" | "html" | "text";
  /** The tags that code makes. */
  readonly made?: readonly string[];
  readonly says: readonly string[];
}

const FOLDER = "functions/send-email/templates/receipt";

/** A template without a mistake. */
const SOUND: TemplateFiles = {
  folder: FOLDER,
  yaml: `templateId: receipt
subject: Your receipt
data: { name: { type: string }, total: { type: number } }
`,
  html: "<p>{{name}}: {{total}}</p>\n",
  text: "{{{name}}}: {{{total}}}\n",
};

/** Two texts of English, and a part of the layout. */
const PARTIALS = {
  thanks: "Thank you, {{name}}.",
  button: '<a href="{{link}}">{{>action}}</a>',
  action: "Pay",
};

function said(files: TemplateFiles, made?: readonly string[]): string[] {
  return readTemplate(files, () => made, { html: PARTIALS, text: PARTIALS }).issues.map(
    ({ file, line, column, message }) => `${file}:${line}:${column} ${message}`,
  );
}

describe("a mail template with a mistake", () => {
  const mistakes: Mistake[] = parse(readFileSync("test/lib/compiler/template/template-mistakes.yml", "utf8"));

  it.each(mistakes)(
    "is refused for $given, with file, line and column",
    ({ template, html, text, without, made, says }) => {
      const files = {
        ...SOUND,
        ...(template === undefined ? {} : { yaml: template }),
        ...(html === undefined ? {} : { html }),
        ...(text === undefined ? {} : { text }),
        ...(without === undefined ? {} : { [without]: undefined }),
      };
      expect(said(files, made)).toEqual(says.map((words) => `${FOLDER}/${words}`));
    },
  );
});

describe("a mail template without a mistake", () => {
  it("is accepted if it is the template of these tests", () => {
    expect(said(SOUND)).toEqual([]);
  });

  it("is accepted if it is one that we ship, with the tags that code makes for some of them", () => {
    expect(readTemplates(".", readLanguageFiles(".").languages).issues).toEqual([]);
  });

  it("can include texts and parts of the layout, which show its fields", () => {
    expect(said({ ...SOUND, html: "{{>thanks}} {{total}}", text: "{{>thanks}} {{total}}" })).toEqual([]);
    expect(said({ ...SOUND, html: "{{>button}}", text: "{{link}}" }, ["link"])).toEqual([]);
  });

  it("can go through lists, into objects, and show anything that a free-form object contains", () => {
    const yaml = `templateId: receipt
subject: "{{customer.name}} {{tags.length}}"
data:
  customer: { type: object, properties: { name: { type: string } } }
  tags: { type: array, items: { type: string } }
  lines: { type: array, items: { type: object, properties: { sku: { type: string } } } }
  rows: { type: array }
  more: { type: object }
`;
    const text = `{{! a comment }}{{#customer}}{{name}}{{/customer}}{{#tags}}{{.}}{{/tags}}
{{#lines}}{{sku}} {{customer.name}}{{/lines}}{{^lines}}none{{/lines}}
{{#rows}}{{any}}{{/rows}}{{#more}}{{thing}}{{/more}}{{more.thing}}{{&customer.name}}
`;
    expect(said({ ...SOUND, yaml, html: text, text })).toEqual([]);
  });
});
