/** The commands that the documentation prints: in code blocks, and between backticks. */
import { readFileSync } from "node:fs";
import { blocksIn, type DocumentedBlock, MARKDOWN_FILES } from "./documented-blocks.ts";

export interface DocumentedCommand {
  readonly file: string;
  readonly line: number;
  /** Without the variables before it, and without what it is piped into. */
  readonly command: string;
  /** In a sentence, where a command can stand for itself, without its arguments. */
  readonly isMention: boolean;
}

const PROGRAM = /^(npm|npx|node|curl) /;
const VARIABLES = /^([A-Z]\w*=\S+ +)+(?=[a-z])/;

/** Every command of a block of `sh`, and what stands behind the prompts of one of `console`. */
export function commandsOfBlock({ file, line, language, text }: DocumentedBlock): DocumentedCommand[] {
  if (language !== "sh" && language !== "console") return [];
  const commands: DocumentedCommand[] = [];
  let begun: { line: number; text: string } | undefined;
  for (const [index, written] of text.split("\n").entries()) {
    const isPrompt = written.startsWith("$ ");
    if (language === "console" && !isPrompt) continue;
    const part = isPrompt ? written.slice(2) : written;
    begun = { line: begun?.line ?? line + 1 + index, text: `${begun?.text ?? ""}${part.trim()}` };
    if (begun.text.endsWith("\\")) {
      begun.text = begun.text.slice(0, -1);
      continue;
    }
    const from = begun;
    begun = undefined;
    for (const command of partsOf(from.text))
      commands.push({ file, line: from.line, command, isMention: false });
  }
  return commands;
}

/** The commands of a line: of a pipe, and of a variable that takes the output of one. */
function partsOf(line: string): readonly string[] {
  const [, substituted] = /^\w+=\$\((.*)\)$/.exec(line) ?? [];
  return (substituted ?? line)
    .replace(/(^|\s+)# .*$/, "")
    .split(/ \| (?=(?:[^"']|"[^"]*"|'[^']*')*$)/)
    .map((part) => part.trim().replace(VARIABLES, ""))
    .filter((part) => part !== "");
}

/** Commands between backticks. */
function mentionsIn(file: string): DocumentedCommand[] {
  const lines = readFileSync(file, "utf8").split("\n");
  for (const { line, text } of blocksIn(file)) lines.fill("", line - 1, line + text.split("\n").length);
  return [...lines.join("\n").matchAll(/`([^`]+)`/g)]
    .map(({ 1: code = "", index }) => ({
      ...{ file, line: lines.join("\n").slice(0, index).split("\n").length, isMention: true },
      command: code
        .replaceAll(/\s*\n\s*/g, " ")
        .replace(/\s+# .*$/, "")
        .trim()
        .replace(VARIABLES, ""),
    }))
    .filter(({ command }) => PROGRAM.test(command));
}

export const DOCUMENTED_COMMANDS: readonly DocumentedCommand[] = MARKDOWN_FILES.flatMap((file) => [
  ...blocksIn(file).flatMap(commandsOfBlock),
  // Decisions also name what was rejected, and what there was.
  ...(file.startsWith("docs/decisions/") ? [] : mentionsIn(file)),
]);
