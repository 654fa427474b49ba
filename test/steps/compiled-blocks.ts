/** The TypeScript of the documentation, and its commands of the AWS CLI, checked by the compiler. */
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { readContract } from "../../lib/compiler/contract/load-contract.ts";
import { generateCapabilities } from "../../scripts/generate/capabilities.ts";
import { Output } from "../../scripts/generate/output.ts";
import { programOfAwsCommand } from "./aws-command.ts";
import { blocksIn, type DocumentedBlock, MARKDOWN_FILES } from "./documented-blocks.ts";
import { commandsOfBlock } from "./documented-commands.ts";

/** Names of what a page tells its reader to add first. */
const STAND_INS: Readonly<Record<string, readonly [string, string]>> = {
  "functions/on-payout-event/handler.ts": ['"payout"', '"charge"'],
};

/** Where a block of `ts` is written: files of this project at their own place, others in the folder of their page. */
export function pathOf({ file, line, label }: DocumentedBlock): string {
  if (/^functions\//.test(label)) return label;
  return `pages/${file.replaceAll("/", "-")}/${label || `block-${line}.ts`}`;
}

/**
 * Writes every block of `ts` into a file below `folder`, with the generated types of the contracts of the documentation. Returns what
 * the compiler says, each with its place in the documentation.
 */
export async function mistakesOfBlocks(folder: string): Promise<readonly string[]> {
  const root = process.cwd();
  const blocks = MARKDOWN_FILES.flatMap((file) => blocksIn(file));
  /** The place in the documentation of a row of each file. */
  const places = new Map<string, (row: number) => string>();
  const write = (path: string, text: string, placeOf: (row: number) => string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    places.set(path, placeOf);
  };

  const contracts = blocks
    .filter(({ language, label }) => language === "yaml" && label === "contract")
    .filter(({ file }) => file !== "docs/dialect.md")
    .map(({ text }) => readContract("functions/documented/contract.yml", text).contract);
  await generateCapabilities(new Output(join(folder, "generated")), contracts);
  for (const block of blocks.filter(({ language }) => language === "ts")) {
    const [name, standIn] = STAND_INS[block.label] ?? ["", ""];
    write(
      pathOf(block),
      `${block.text.replaceAll(name, standIn)}export {};\n`,
      (row) => `${block.file}:${block.line + row}`,
    );
  }
  for (const { file, line, command } of blocks.flatMap(commandsOfBlock))
    if (command.startsWith("aws "))
      write(
        `aws/${file.replaceAll("/", "-")}-${line}.ts`,
        programOfAwsCommand(command),
        () => `${file}:${line}`,
      );

  symlinkSync(join(root, "lib"), join(folder, "lib"), "dir");
  symlinkSync(join(root, "generated/languages"), join(folder, "generated/languages"), "dir");
  // A project beside this one imports the emulator from there.
  symlinkSync(root, join(folder, "pages/contractspec-stripe"), "dir");
  const up = relative(folder, root);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: `${up}/tsconfig.json`,
      compilerOptions: {
        rootDirs: [".", up],
        paths: { "contractspec-stripe-client": [`${up}/client/index.ts`] },
        lib: ["es2024", "dom", "dom.iterable"],
        noUnusedLocals: true,
      },
      include: ["functions", "pages", "aws"],
      exclude: ["pages/contractspec-stripe"],
    }),
  );
  const { stdout } = await promisify(execFile)("tsc", ["--pretty", "false", "--project", folder]).catch(
    (failed: { stdout: string }) => failed,
  );
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, path = "", row = "", rest = ""] = /^(\S+?)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      const placeOf = places.get(relative(folder, resolve(path)));
      return placeOf === undefined ? line : `${placeOf(Number(row))}: ${rest}`;
    });
}
