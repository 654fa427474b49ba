/** What AWS would bill, counted while one scenario is played. */
import { fieldOf, fieldsOf, listOf, textsOf } from "../../../lib/untrusted.ts";
import type {
  Counted,
  CountedArchive,
  CountedFunction,
  CountedTable,
} from "../../../scripts/cost/counted.ts";
import type { CapturedLog } from "../../steps/captured-log.ts";
import type { AwsCall } from "../../steps/metered-aws.ts";

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** One function runs at a time, so that it is known which one makes a call. */
export class Tally {
  requests = 0;
  stateTransitions = 0;
  readonly events: Record<string, number> = {};
  archived: CountedArchive = { tableBytes: 0, textBytes: 0, fileBytes: 0 };
  #queueRequests = 0;
  #notifications = 0;
  #mails = 0;
  #running: string | undefined;
  readonly #metrics = new Set<string>();
  readonly #functions = new Map<string, Writable<CountedFunction>>();
  readonly #tables = new Map<string, Writable<CountedTable>>();

  /** Runs one invocation. */
  async invoked<T>(name: string, log: CapturedLog, act: () => Promise<T>): Promise<T> {
    const counted = this.#function(name);
    counted.invocations += 1;
    this.#running = name;
    const start = log.text().length;
    try {
      return await act();
    } finally {
      this.#running = undefined;
      const written = log.text().slice(start);
      counted.logBytes += Buffer.byteLength(written);
      const lines = written.split("\n").filter((line) => line !== "");
      counted.logLines += lines.length;
      for (const line of lines) for (const metric of metricsIn(JSON.parse(line))) this.#metrics.add(metric);
    }
  }

  called({ service, operation, table }: AwsCall): void {
    if (service === "sqs") this.#queueRequests += 1;
    if (service === "sns" && operation === "Publish") this.#notifications += 1;
    if (service === "ses" && operation === "SendEmail") this.#mails += 1;
    if (this.#running === undefined) return;
    const counted = this.#function(this.#running);
    if (service === "stripe") counted.stripeRequests += 1;
    else counted.awsCalls += 1;
    if (table === undefined) return;
    const found = this.#table(table.table);
    found[table.kind === "read" ? "reads" : "writes"] += 1;
    found[table.kind === "read" ? "readUnits" : "writeUnits"] += table.units;
  }

  stored(table: string, bytes: number): void {
    if (bytes !== 0) this.#table(table).storedBytes += bytes;
  }

  counted(): Counted {
    return structuredClone({
      requests: this.requests,
      functions: inOrder(this.#functions),
      tables: inOrder(this.#tables),
      archived: this.archived,
      queueRequests: this.#queueRequests,
      notifications: this.#notifications,
      mails: this.#mails,
      stateTransitions: this.stateTransitions,
      metrics: [...this.#metrics].sort(),
      events: inOrder(new Map(Object.entries(this.events))),
    });
  }

  #function(name: string): Writable<CountedFunction> {
    const none = { invocations: 0, awsCalls: 0, stripeRequests: 0, logBytes: 0, logLines: 0 };
    const counted = this.#functions.get(name) ?? none;
    this.#functions.set(name, counted);
    return counted;
  }

  #table(name: string): Writable<CountedTable> {
    const none = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, storedBytes: 0 };
    const counted = this.#tables.get(name) ?? none;
    this.#tables.set(name, counted);
    return counted;
  }
}

const inOrder = <T>(map: ReadonlyMap<string, T>): Record<string, T> =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The metrics that CloudWatch makes of a line: `Calls{capabilityId=send-email}`, without the stage. */
function metricsIn(line: Readonly<Record<string, unknown>>): string[] {
  return listOf(fieldOf(line, "_aws", "CloudWatchMetrics")).flatMap((directive) => {
    const { Dimensions, Metrics } = fieldsOf(directive);
    return listOf(Dimensions).flatMap((set) => {
      const names = textsOf(set).filter((name) => name !== "stage");
      const values = names.map((name) => `${name}=${line[name]}`).join(",");
      return listOf(Metrics).map((metric) => `${fieldsOf(metric).Name}{${values}}`);
    });
  });
}
