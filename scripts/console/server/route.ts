/** A route of the console's API: what a request brings, and what a part of the console needs to respond. */

import type { StackSettings } from "../../../local/settings.ts";
import type { Target } from "../../command-line/command.ts";
import type { Journal } from "../journal/journal.ts";

/** What every route can use. */
export interface ConsoleContext {
  readonly target: Target;
  /** The settings of the local stack; undefined for a deployed stage. */
  readonly local: StackSettings | undefined;
  readonly journal: Journal;
  /** The time of the target, which its clock can have moved. */
  readonly now: () => Promise<Date>;
}

export interface ConsoleRequest {
  /** The parts of the path that begin with a colon, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of the body; undefined without one. */
  readonly body: unknown;
}

interface AnyRoute {
  /** Such as `/console/api/runs/:runId`. */
  readonly path: string;
  /** Returns what is sent as JSON, or a `Content`. Throws a Problem, which is sent with its status. */
  readonly respond: (request: ConsoleRequest, context: ConsoleContext) => Promise<unknown> | unknown;
}

/** Reads. */
export interface Reading extends AnyRoute {
  readonly method: "GET";
}

/** Reads, too: its question has parts that do not belong into an address, such as a form's inputs. */
export interface Question extends AnyRoute {
  readonly method: "POST";
  readonly onlyReads: true;
}

/**
 * Changes something. It is in the audit log before it runs, under the operator's identity; on a deployed stage, the person has
 * typed the stage's name before: act.ts.
 */
export interface ConsoleAction extends AnyRoute {
  readonly method: "POST";
  /** A sentence without its full stop, such as `Sends the event again`. The audit log has it: nothing personal is in it. */
  readonly does: string;
  /** The ids of what it acts on, for the audit log; by default those in the path. */
  readonly actsOn?: (request: ConsoleRequest) => readonly string[];
  /** Its entry has this machine's time: the clock of the stack is set back to it. */
  readonly setsClockBack?: true;
}

export type Route = Reading | Question | ConsoleAction;

/** A response that is not JSON, such as the HTML of a mail. */
export class Content {
  readonly body: string;
  /** With the content type. They come after those of the console's pages, and replace them. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: string, headers: Readonly<Record<string, string>>) {
    this.body = body;
    this.headers = headers;
  }
}
