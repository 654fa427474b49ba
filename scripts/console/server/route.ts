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

export interface Route {
  /** A POST changes something: on a deployed stage the page sends the confirmation that a person has typed. */
  readonly method: "GET" | "POST";
  /** Such as `/console/api/runs/:runId`. */
  readonly path: string;
  /** Of an action, for the audit log of a deployed stage: a sentence without its full stop. Nothing personal is in it. */
  readonly does?: string;
  /** Returns what is sent as JSON, or a `Content`. Throws a Problem, which is sent with its status. */
  readonly respond: (request: ConsoleRequest, context: ConsoleContext) => Promise<unknown> | unknown;
}

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
