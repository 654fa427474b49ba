/** Every command in the README files and in docs/ works as it is printed. Those that need no deployed stage are run. */
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { readCommandLine } from "../../scripts/command-line/read-command-line.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import { blocksIn } from "../steps/documented-blocks.ts";
import { DOCUMENTED_COMMANDS } from "../steps/documented-commands.ts";
import { sampleOf } from "../steps/effort.ts";
import { OPERATOR_COMMANDS } from "../steps/operator-commands.ts";

const COMMANDS = new Map(OPERATOR_COMMANDS);
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));

const ALL = DOCUMENTED_COMMANDS;
const NPM = ALL.filter(({ command }) => command.startsWith("npm ")).map((one) => ({
  ...one,
  command: one.command.replace(/ --prefix \S+/, ""),
}));

/** The script of an npm command and the words after `--`; values that stand for others are filled in. */
function npmCall(command: string): { script: string; words: string[] } {
  const [before = "", after = ""] = command.split(/ -- (.*)/s);
  const words = before.split(" ").filter((word) => !word.startsWith("-"));
  const script = words[1] === "run" ? (words[2] ?? "") : (words[1] ?? "");
  const filled = after
    .replace(/ <(?= ).*$/, "")
    .replaceAll(/<input\.json>/g, "events/inputs/empty.json")
    .replaceAll(/<principal>|<role>/g, "checkout")
    .replaceAll(
      /<(stage|region|id|keyId|api|capability|part|guard|benchmark|type|name)>/g,
      (_, name) => FILLED[name] ?? name,
    )
    .replaceAll("apr_...", `apr_${"a".repeat(32)}`)
    .replaceAll("ep_...", `ep_${"1".repeat(16)}`)
    .replaceAll(/\b(evt|pi|cus|in|sub|re)_\.\.\./g, "$1_1");
  return { script, words: filled.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [] };
}

const FILLED: Readonly<Record<string, string>> = {
  stage: "prod",
  region: "eu-central-1",
  keyId: "key_4f6a0c1b2d3e4f50",
  api: "api.example.com",
  capability: "send-email",
  part: "policy",
  guard: "deny-wins",
  benchmark: "all",
  type: "payment_intent.succeeded",
};

describe("given the commands that the documentation prints", () => {
  it("there are some of each kind", () => {
    expect(NPM.length).toBeGreaterThan(30);
    expect(ALL.filter(({ command }) => command.startsWith("curl ")).length).toBeGreaterThan(3);
  });

  it.each(NPM)(
    "$file:$line: $command runs a script that exists, with arguments that it takes",
    ({ command, isMention }) => {
      const { script, words } = npmCall(command);
      if (["ci", "install"].includes(script)) return;
      if (["pack", "publish"].includes(script)) {
        expect(existsSync(`${command.split(" ").at(-1)}/package.json`)).toBe(true);
        return;
      }
      expect(Object.keys(scripts)).toContain(script);
      const described = COMMANDS.get(script);
      // `npm run keys -- ...` stands for any of its commands.
      if (described === undefined || words.includes("...")) return;
      const isAction = words.length > 0 || described.actions.some(({ name }) => name === "");
      const read = () => readCommandLine(described, words, new Date("2026-11-26T12:00:00Z"));
      if (isMention && words.every((word) => /^[a-z]+$/.test(word)))
        expect(isAction ? messageOf(read) : "").not.toMatch(/not known|no option|no further/);
      else if (isAction) read();
      for (const word of words.filter((text) => text.endsWith(".json"))) expect(existsSync(word)).toBe(true);
    },
  );

  it.each(NPM.filter(({ command }) => /^npm test -- \S/.test(command)))(
    "$file:$line: $command finds tests",
    ({ command }) => {
      const [path = ""] = npmCall(command).words;
      expect(globSync("{test,stripe-emulator/test}/**/*.test.ts").some((file) => file.includes(path))).toBe(
        true,
      );
    },
  );

  it.each(
    sampleOf(
      NPM.filter(
        ({ command }) =>
          /^npm run policy -- (explain|test|check)\b/.test(command) && !/[<]\w+>/.test(command),
      ),
      { every: 4 },
    ),
  )("$file:$line: $command runs", async ({ command }) => {
    // Without its first part, which installs what is missing.
    await bash(command.replace("npm run policy", "npm run -s policy:run"));
  });

  it.each(ALL.filter(({ command }) => /^(npx|node) /.test(command)))(
    "$file:$line: $command starts a program that exists",
    ({ file, command }) => {
      const [program, name = ""] = command.split(" ").filter((word) => !word.startsWith("-"));
      const isThere =
        program === "npx"
          ? existsSync(`node_modules/.bin/${name}`)
          : existsSync(name) || blocksIn(file).some(({ label }) => label === name);
      expect(isThere).toBe(true);
    },
  );

  it.each(ALL.filter(({ command }) => /^curl .*localhost:5173/.test(command)))(
    "$file:$line: $command calls a route of the page's application",
    ({ file, command }) => {
      const [, path = ""] = /localhost:5173\/(\S*)/.exec(command) ?? [];
      expect(blocksIn(file).map(({ label }) => label)).toContain(`app/${path}/route.ts`);
    },
  );

  it("the requests to the Stripe emulator succeed", async () => {
    const requests = ALL.filter(({ command }) => /^curl .*localhost:12111/.test(command));
    expect(requests.length).toBeGreaterThan(3);
    const emulator = await startStripeEmulator({ port: 0 });
    for (const { command } of requests) {
      const here = command
        .replace("curl ", "curl --silent --fail-with-body ")
        .replace("12111", String(emulator.port));
      await bash(here).catch((error: unknown) => {
        throw new Error(`${command} failed`, { cause: error });
      });
    }
    await emulator.close();
  });
});

/** The message of what `action` throws; empty if it throws nothing. */
function messageOf(action: () => unknown): string {
  try {
    action();
    return "";
  } catch (thrown) {
    return Object(thrown).message;
  }
}

/** Runs the command in a shell of this project; rejects unless it succeeds. */
async function bash(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", command], {
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return stdout;
}
