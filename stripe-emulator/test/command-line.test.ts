import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { CommandLineError, helpText, OPTIONS, readCommandLine } from "../command-line.ts";
import { clientOf, givenAnEmulator } from "./running-emulator.ts";

const read = (args: string[], environment: Record<string, string> = {}) =>
  readCommandLine(args, environment, "/somewhere");

describe("given the options of the command", () => {
  it("without any, the emulator listens on 12111, signs with whsec_local and keeps nothing", () => {
    expect(read([])).toEqual({ port: 12_111, webhookSecrets: ["whsec_local"] });
  });

  it("an option wins over its variable, and a variable over the default", () => {
    const environment = {
      STRIPE_EMULATOR_PORT: "1",
      STRIPE_WEBHOOK_URL: "http://a.example/",
      STRIPE_EMULATOR_STATE: "",
    };
    expect(read(["--port", "2"], environment)).toMatchObject({ port: 2, webhookUrl: "http://a.example/" });
  });

  it("secrets are separated by commas, and a state file is relative to the folder of the command", () => {
    expect(read(["--webhook-secret=whsec_new, whsec_old", "--state-file", "s.json"])).toMatchObject({
      webhookSecrets: ["whsec_new", "whsec_old"],
      stateFile: "/somewhere/s.json",
    });
  });

  it.each<[string[], Record<string, string>, string]>([
    [["--prt", "1"], {}, "Unknown option '--prt'. --help lists the options."],
    [["start"], {}, "Unexpected argument 'start'."],
    [["--port"], {}, "Option '--port <value>' argument missing."],
    [["--port", "http"], {}, '--port: expected a port from 0 to 65535, got "http".'],
    [
      [],
      { STRIPE_EMULATOR_PORT: "65536" },
      'STRIPE_EMULATOR_PORT: expected a port from 0 to 65535, got "65536".',
    ],
    [
      ["--webhook-url", "shop.example"],
      {},
      '--webhook-url: expected an http or https URL, got "shop.example".',
    ],
    [["--webhook-secret", "whsec_a,"], {}, "--webhook-secret: expected secrets separated by commas"],
  ])("%j with %j is refused, and the message says what would be right", (args, environment, message) => {
    expect(() => read(args, environment)).toThrow(CommandLineError);
    expect(() => read(args, environment)).toThrow(message);
  });

  it("--help describes every option and its variable", () => {
    expect(read(["--help"])).toBe("help");
    for (const [name, { variable }] of Object.entries(OPTIONS)) {
      expect(helpText()).toMatch(new RegExp(`--${name} <[^]*${variable}`));
    }
  });
});

describe("given the command as a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "stripe-emulator-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  const MAIN = join(import.meta.dirname, "../main.ts");

  function start(command: string, args: string[], environment: Record<string, string> = {}) {
    const { npm_lifecycle_event: _script, ...inherited } = process.env;
    const child = spawn(command, args, { cwd: folder, env: { ...inherited, ...environment } });
    started.push(child);
    const exited = once(child, "exit");
    return { child, lines: createInterface(child.stdout), errors: createInterface(child.stderr), exited };
  }

  it("a port that is taken is named on standard error, and the exit status is 2", async () => {
    const { emulator } = await givenAnEmulator();
    const { errors, exited } = start(process.execPath, [MAIN, "--port", String(emulator.port)]);
    const [line] = await once(errors, "line");
    expect(line).toContain(`Port ${emulator.port} is taken`);
    expect(line).toContain("--port or STRIPE_EMULATOR_PORT");
    expect(await exited).toEqual([2, null]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s, even twice, ends it with 0 once its state is written",
    async (signal) => {
      const file = `${signal}.json`;
      const { child, lines, exited } = start(process.execPath, [MAIN, "--port", "0", "--state-file", file]);
      const [line] = await once(lines, "line");
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(line))?.[1]);
      const { id } = await clientOf({ port }).customers.create();
      child.kill(signal);
      child.kill(signal);
      expect(await exited).toEqual([0, null]);
      expect(readFileSync(join(folder, file), "utf8")).toContain(id);
    },
  );

  it("under npm it ends when npm's shell is killed", async () => {
    const { child, lines } = start("sh", ["-c", '"$0" "$1" --port 0; true', process.execPath, MAIN], {
      npm_lifecycle_event: "stripe-emulator",
    });
    let isUp = false;
    // The loop ends when the pipe closes: when the emulator, which inherited it from the shell, has ended too.
    for await (const line of lines) {
      isUp = line.includes("Ctrl-C");
      child.kill("SIGTERM");
    }
    expect(isUp).toBe(true);
  });
});
