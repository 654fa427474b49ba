/** What an incident can use: the running stack, its clock, its log, and the commands of an operator. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fieldOf, parseJson, wholeNumberOf } from "../../lib/untrusted.ts";
import { type Row, readQuery } from "../../local/logs/query.ts";
import { type ApiAnswer, StackClient, waitFor } from "../../local/stack-client.ts";
import type { RunningStack } from "../../local/stack-process.ts";
import { emulatorOf } from "../demo/product-calls.ts";
import { textTable } from "../text-table.ts";
import type { ParameterStore } from "./parameter-store.ts";
import type { ProjectCopy } from "./project-copy.ts";
import type { Watch } from "./watch.ts";

/** More lines of an output do not help to see what the command shows. */
const SHOWN_LINES = 6;
const SHOWN_COLUMNS = 150;
const SHOWN_OF_CELL = 60;
const INDENT = "            ";
/** In the copy of the project, and shared with it. */
const COMPILE_CACHE = ".local/compile-cache";

export interface SceneParts {
  readonly stack: RunningStack;
  readonly watch: Watch;
  readonly parameters: ParameterStore;
  /** The project from which the stack runs. */
  readonly project: ProjectCopy;
  /** The environment in which commands find the stack. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface CommandOptions {
  /** What the output must contain. */
  readonly shows?: RegExp;
  /** The exit statuses that are right, by default 0. */
  readonly statuses?: readonly number[];
}

export class Scene {
  readonly client: StackClient;
  readonly stack: RunningStack;
  readonly watch: Watch;
  readonly parameters: ParameterStore;
  readonly project: ProjectCopy;
  /** The address of the Stripe emulator. */
  readonly stripe: string;
  readonly #environment: Readonly<Record<string, string>>;
  /** When the incident began, on the clock of the stack: Unix milliseconds. */
  #beganAt = 0;

  constructor({ stack, watch, parameters, project, environment }: SceneParts) {
    this.stack = stack;
    this.watch = watch;
    this.parameters = parameters;
    this.project = project;
    this.client = new StackClient(stack.urls);
    this.stripe = emulatorOf(stack);
    this.#environment = environment;
  }

  begin(): void {
    this.#beganAt = this.watch.now;
  }

  get beganAt(): number {
    return this.#beganAt;
  }

  /** Prints a part of the incident: `label` is what it shows, such as `found`. */
  tell(label: string, text: string): void {
    const [first = "", ...others] = text.split("\n");
    console.log(`  ${label.padEnd(10)}${first}`);
    for (const line of others) console.log(`${INDENT}${line}`);
  }

  /** Moves the clock of the stack. What is due happens and is delivered. */
  async passTime(seconds: number): Promise<void> {
    await this.watch.sample();
    const { status, body } = await this.client.control("POST", "clock", { advance: seconds });
    const now = wholeNumberOf(fieldOf(body, "now"));
    if (status !== 200 || now === undefined)
      throw new Error(`The clock did not move: ${JSON.stringify(body)}`);
    this.watch.moved(now);
    await this.watch.sample();
  }

  /** Moves the clock step by step until a function has logged `event` in this incident. Throws after `steps` of them. */
  async passTimeUntil(event: string, stepSeconds: number, steps: number): Promise<void> {
    const isLogged = () =>
      this.watch
        .linesSince(this.#beganAt)
        .some(({ message }) => fieldOf(parseJson(message), "event") === event);
    for (let step = 0; step < steps && !isLogged(); step += 1) await this.passTime(stepSeconds);
    if (!isLogged()) throw new Error(`No function has logged ${event} in ${steps * stepSeconds} s`);
  }

  /** A request to the control interface of the Stripe emulator. Throws its response when it refuses. */
  async control(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await this.client.control(method, path, body);
    if (answer.status === 200) return answer.body;
    throw new Error(
      `${method} /_emulator/${path} responded with ${answer.status}: ${JSON.stringify(answer.body)}`,
    );
  }

  /** Calls a capability, with a new key or with this one. */
  call(capability: string, inputs: object, key: string = randomUUID()): Promise<ApiAnswer> {
    return this.client.invoke(capability, inputs, key);
  }

  /** Runs a query of CloudWatch Logs Insights over the log lines since the incident began, and prints its result. */
  async query(text: string, shows: RegExp): Promise<void> {
    const table = await waitFor(`the query to show ${shows}`, async () => {
      const found = tableOf(readQuery(text).run(this.watch.linesSince(this.#beganAt)));
      return shows.test(found) ? found : undefined;
    });
    this.tell("found", `${text}\n${shortened(table)}`);
  }

  /** Runs an operator's command, such as `events list --dead`, and prints what it prints. Returns its standard output. */
  async command(words: string, options: CommandOptions = {}, label = "found"): Promise<string> {
    const { shows = /(?:)/, statuses = [0] } = options;
    const [script = "", ...args] = words.split(" ");
    const { status, out, err } = await this.#ran(script, args);
    this.tell(label, `$ npm run ${script} -- ${args.join(" ")}\n${shortened(`${out}${err}`)}`);
    if (!statuses.includes(status)) throw new Error(`npm run ${script} ended with exit status ${status}`);
    if (!shows.test(`${out}${err}`)) throw new Error(`npm run ${script} does not show ${shows}`);
    return out;
  }

  /** Runs an operator's command without a word, unless it fails, and returns its standard output. */
  async quietly(words: string): Promise<string> {
    const [script = "", ...args] = words.split(" ");
    const { status, out, err } = await this.#ran(script, args);
    if (status !== 0) throw new Error(`npm run ${words} ended with exit status ${status}: ${err}`);
    return out;
  }

  #ran(
    script: string,
    args: readonly string[],
  ): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
    return new Promise((ended) => {
      const child = spawn(process.execPath, [`scripts/${script.replace(":", "-")}.ts`, ...args], {
        cwd: this.project.directory,
        // Each command is a process of its own, and would compile the same modules again.
        env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...this.#environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const printed = { out: "", err: "" };
      child.stdout.on("data", (text) => {
        printed.out += String(text);
      });
      child.stderr.on("data", (text) => {
        printed.err += String(text);
      });
      child.on("close", (status) => ended({ status: status ?? 2, ...printed }));
    });
  }

  /** Prints what is done without a command of ours, such as a call of AWS. */
  done(what: string): void {
    this.tell("repaired", what);
  }
}

function tableOf(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return textTable([columns, ...rows.map((row) => columns.map((column) => cell(row[column] ?? "")))]);
}

const cell = (text: string) =>
  text.length > SHOWN_OF_CELL ? `${text.slice(0, SHOWN_OF_CELL - 3)}...` : text;

/** The first lines, and how many more there are. */
function shortened(text: string): string {
  const lines = text.trim().split("\n");
  const shown = lines
    .slice(0, SHOWN_LINES)
    .map((line) => (line.length > SHOWN_COLUMNS ? `${line.slice(0, SHOWN_COLUMNS - 3)}...` : line));
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`... ${more} more lines`] : [])].join("\n");
}
