/**
 * The settings of a deployed stage: stages/<stage>.env, a committed file, and no other place. A deployment reads neither
 * the shell nor .env, so that every deployment of a stage has the same settings.
 */
import { existsSync, readFileSync } from "node:fs";
import { nearest } from "../lib/contract/suggestion.ts";
import { singleWord } from "../lib/scrub.ts";
import {
  combinedMistakes,
  isSettingName,
  REQUIRED_SETTINGS,
  SETTING_NAMES,
  type SettingName,
  settingSpec,
} from "./settings.ts";

export interface StageFile {
  readonly path: string;
  readonly exists: boolean;
  /** Not blank. */
  readonly values: Readonly<Partial<Record<SettingName, string>>>;
  /** The names in the file, known or not, with their lines. */
  readonly names: readonly { readonly name: string; readonly line: number }[];
  /** The lines that set nothing and are not comments. */
  readonly strayLines: readonly number[];
}

const FOLDER = "stages";
const EXAMPLE = `${FOLDER}/stage.env.example`;
/** They are in SSM. In a file of the repository, everyone who can read the repository has them. */
const SECRETS: readonly string[] = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "APP_SECRET"];

/** The file of the stage, below `directory`. */
export function readStageFile(stage: string, directory = "."): StageFile {
  const path = `${FOLDER}/${stage}.env`;
  const exists = existsSync(`${directory}/${path}`);
  return { path, exists, ...parsed(exists ? readFileSync(`${directory}/${path}`, "utf8") : "") };
}

/** Line by line, because `parseEnv` of node:util reads the next line as the value of a name without one. */
function parsed(text: string): Pick<StageFile, "values" | "names" | "strayLines"> {
  const lines = text.split("\n").map((content, index) => ({ content: content.trim(), line: index + 1 }));
  const written = lines
    .filter(({ content }) => content !== "" && !content.startsWith("#"))
    .map(({ content, line }) => {
      const [, name, value = ""] = /^(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/.exec(content) ?? [];
      return { name, value: unquoted(value.trim()), line };
    });
  return {
    values: Object.fromEntries(
      written.flatMap(({ name = "", value }) =>
        isSettingName(name) && value !== "" ? [[name, value] as const] : [],
      ),
    ),
    names: written.flatMap(({ name, line }) => (name === undefined ? [] : [{ name, line }])),
    strayLines: written.filter(({ name }) => name === undefined).map(({ line }) => line),
  };
}

/** `"text"` and `'text'` are the text; otherwise, a blank and # begin a comment. */
function unquoted(value: string): string {
  const [, , quoted] = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(value) ?? [];
  return (quoted ?? value.replace(/(?:^|\s+)#.*$/, "")).trim();
}

/**
 * The mistakes in the settings of a stage, one text each, which says what to do. Without a file, nothing is missing unless
 * the stage `needsFile`. `shell`: the variables of the process, which must not say anything else than the file.
 */
export function settingMistakes(
  stage: string,
  file: StageFile,
  shell: Readonly<Record<string, string | undefined>>,
  needsFile: boolean,
): string[] {
  return [
    ...(file.exists ? fileMistakes(stage, file) : needsFile ? [noFile(stage, file)] : []),
    ...shellMistakes(stage, file, shell),
  ];
}

function noFile(stage: string, { path }: StageFile): string {
  const needed = REQUIRED_SETTINGS.map((name) => {
    const { about, example } = settingSpec(name);
    return `  ${name}=${example}   # ${about}`;
  });
  return `The stage ${stage} has no settings. Copy ${EXAMPLE} to ${path}, fill it in, and commit it. It needs:\n${needed.join("\n")}`;
}

function fileMistakes(stage: string, { path, values, names, strayLines }: StageFile): string[] {
  return [
    ...strayLines.map((line) => `${path}:${line}: this line is neither a comment nor NAME=value.`),
    ...names.flatMap(({ name, line }, index) => {
      const mistake = nameMistake(
        name,
        names.slice(0, index).find((earlier) => earlier.name === name),
      );
      return mistake === undefined ? [] : [`${path}:${line}: ${mistake}`];
    }),
    ...REQUIRED_SETTINGS.filter((name) => values[name] === undefined).map((name) => {
      const { about, example } = settingSpec(name);
      return `${path} has no ${name}, ${about}. Add it, such as ${name}=${example}`;
    }),
    ...SETTING_NAMES.flatMap((name) => {
      const value = values[name];
      const mistake = value === undefined ? undefined : valueMistake(name, value, stage);
      const line = names.find((written) => written.name === name)?.line;
      return mistake === undefined ? [] : [`${path}:${line}: ${mistake}`];
    }),
    ...combinedMistakes(values).map((mistake) => `${path}: ${mistake}`),
  ];
}

function nameMistake(name: string, earlier: { readonly line: number } | undefined): string | undefined {
  if (earlier !== undefined)
    return `${singleWord(name)} is already set in line ${earlier.line}. Keep one of them.`;
  if (isSettingName(name)) return undefined;
  if (SECRETS.includes(name))
    return `${name} is a secret, and belongs in SSM only (docs/deploy.md). Remove it here; if the file was committed or shared, replace the secret.`;
  const near = nearest(name, SETTING_NAMES);
  const hint = near === undefined ? `. ${EXAMPLE} lists all settings.` : `; did you mean ${near}?`;
  return `${singleWord(name)} is not a setting${hint}`;
}

function valueMistake(name: SettingName, value: string, stage: string): string | undefined {
  // The framework would read it as a variable of its own.
  if (value.includes("${")) return `${name} must not contain \${.`;
  return settingSpec(name).mistake?.(value, stage);
}

function shellMistakes(
  stage: string,
  { path, values }: StageFile,
  shell: Readonly<Record<string, string | undefined>>,
): string[] {
  return SETTING_NAMES.filter((name) => {
    const set = shell[name]?.trim() ?? "";
    // The region has a check of its own: stage-region.ts.
    return name !== "AWS_REGION" && set !== "" && set !== values[name];
  }).map(
    (name) =>
      `${name} is set in this shell, but the settings of the stage ${stage} are in ${path}. Write it there, and unset it here.`,
  );
}
