/** The executions of one emulator, which are kept across restarts. */
import type { StackClock } from "../clock.ts";
import type { InvokeFunction } from "../lambda/invocation.ts";
import { changeEvent } from "./change-event.ts";
import { Execution, type Machine } from "./execution.ts";
import type { ExecutionFiles } from "./execution-files.ts";
import type { TaskTokens } from "./task-tokens.ts";

export interface ExecutionsOptions {
  /** A list that can change: a workflow that is edited replaces its machine for executions that start later. */
  readonly machines: readonly Machine[];
  readonly invoke: InvokeFunction;
  readonly region: string;
  readonly clock: StackClock;
  readonly tokens: TaskTokens;
  /** Keeps executions across restarts. */
  readonly files?: ExecutionFiles;
  /** Gets each event that Step Functions sends to EventBridge: an execution has begun or ended. */
  readonly onChange?: (event: object) => void;
}

export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #byArn = new Map<string, Execution>();

  /** Executions that an earlier stack had begun are begun again. */
  constructor(options: ExecutionsOptions) {
    this.#options = options;
    const { machines, clock, files } = options;
    for (const kept of files?.read() ?? []) {
      const machine = machines.find(({ arn }) => arn === kept.machineArn);
      if (machine === undefined) continue;
      const execution = new Execution(machine, kept.name, kept.input, clock, kept);
      if (kept.endedAt === undefined) this.begin(execution);
      else this.#byArn.set(execution.arn, execution);
    }
  }

  begin(execution: Execution): void {
    const { invoke, region, tokens } = this.#options;
    this.#byArn.set(execution.arn, execution);
    this.#keep(execution);
    execution.start({ invoke, region, tokens }, (ended) => {
      this.#keep(ended);
      this.#report(ended);
    });
    this.#report(execution);
  }

  find(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  /** Those of the machine, the newest first. */
  of(machine: Machine): readonly Execution[] {
    return [...this.#byArn.values()].filter((execution) => execution.machine.arn === machine.arn).reverse();
  }

  #keep(execution: Execution): void {
    this.#options.files?.write(execution.record);
  }

  #report(execution: Execution): void {
    const { onChange, region, clock } = this.#options;
    onChange?.(changeEvent(execution, region, clock.now()));
  }
}
