import { describe, expect, it } from "@jest/globals";
import { readLanguages } from "../../../../lib/compiler/language/load-language.ts";
import { readLanguageFiles } from "../../../../scripts/generate/load-languages.ts";

const ENGLISH = `name: English
mails:
  due: "{{amount}} is due on {{day}}."
  thanks: Thank you
`;

function said(german: string, path = "languages/de.yml", english = ENGLISH): string[] {
  const files = [
    { path, text: german },
    { path: "languages/en.yml", text: english },
  ];
  return readLanguages(files).issues.map(
    ({ file, line, column, message }) => `${file}:${line}:${column} ${message}`,
  );
}

const german = (due: string, rest = "  thanks: Danke\n") => `name: Deutsch\nmails:\n  due: ${due}\n${rest}`;
const SOUND = german(`"{{amount}} ist fällig am {{day}}."`);

describe("a language file", () => {
  it("is accepted with the texts and tags of English, and so is each that we ship", () => {
    expect(said(SOUND)).toEqual([]);
    expect(readLanguageFiles(".").issues).toEqual([]);
  });

  it.each([
    [
      "a missing text",
      german(`"{{amount}} am {{day}}"`, ""),
      "3:3 the text mails.thanks is missing; English has it",
    ],
    ["a missing section", "name: Deutsch\n", "1:1 the text mails is missing; English has it"],
    ["no map", "Deutsch", "1:1 a language file must be a map of texts"],
    ["another text", `${SOUND}  bye: Servus\n`, "5:3 unknown text mails.bye: English does not have it"],
    ["a missing tag", german(`"fällig am {{day}}"`), "3:8 mails.due lacks {{amount}}, which English has"],
    [
      "another tag",
      german(`"{{amount}} am {{day}} {{tag}}"`),
      "3:31 mails.due has {{tag}}, which English does not have",
    ],
    ["a text that is a number", german("5"), "3:8 mails.due must be text"],
    ["an empty text", german('""'), "3:8 mails.due must be text"],
    ["a section instead of a text", german("{ a: b }"), "3:8 mails.due must be a text, as in English"],
    [
      "HTML",
      german(`"<b>{{amount}}</b> am {{day}}"`),
      '3:9 mails.due contains "<", which means something else in HTML; write it in words',
    ],
    [
      "a tag that is not escaped",
      german(`"{{amount}} am {{{day}}}"`),
      "3:8 mails.due contains a brace that is not part of a tag such as {{name}}",
    ],
  ])("is refused for %s, with file, line and column", (_what, text, message) => {
    expect(said(text)).toContain(`languages/de.yml:${message}`);
  });

  it("is refused if its name is not a language of Intl's", () => {
    expect(said(SOUND, "languages/german.yml").join()).toMatch(
      /^languages\/german\.yml:1:1 "german" is not a language/,
    );
    expect(said(SOUND, "languages/de_AT.yml").join()).toMatch(/is not a language/);
  });

  it("is compared with English, which must be there", () => {
    const issues = readLanguages([{ path: "languages/de.yml", text: SOUND }]).issues;
    expect(issues).toEqual([
      { file: "languages/en.yml", line: 1, column: 1, message: expect.stringContaining("English") },
    ]);
  });
});
