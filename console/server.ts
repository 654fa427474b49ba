/** Calls the console's server. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** The server refused, or could not do it. */
export class ServerProblem extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The response as JSON, whose shape the route declares. Throws a ServerProblem. */
export async function read<Shape>(path: string): Promise<Shape> {
  return answerOf(await send(path));
}

export interface ChangeOptions {
  /** Requests with the same key are one: see `newKey` in status/status.ts. */
  readonly key?: string;
  /** The stage's name, as the person has typed it. */
  readonly confirmation?: string | undefined;
}

/** The connection ended before the response: whether it was done is not known. */
export const OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN";

/** Sends a change, or a question with a body. Throws a ServerProblem. */
export async function change<Shape>(
  path: string,
  body: unknown = {},
  { key, confirmation }: ChangeOptions = {},
): Promise<Shape> {
  const headers = {
    "content-type": "application/json",
    "x-console-change": "1",
    ...(key === undefined ? {} : { "x-console-key": key }),
    ...(confirmation === undefined ? {} : { "x-console-confirmation": encodeURIComponent(confirmation) }),
  };
  try {
    return await answerOf(await send(path, { method: "POST", headers, body: JSON.stringify(body) }));
  } catch (thrown) {
    if (thrown instanceof ServerProblem && thrown.code !== NOT_REACHED) throw thrown;
    throw new ServerProblem(
      OUTCOME_UNKNOWN,
      "The connection ended before the response: whether it was done is not known. If it began, the audit log has it.",
    );
  }
}

const NOT_REACHED = "NOT_REACHED";

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(`/console/api/${path}`, init);
  } catch {
    throw new ServerProblem(NOT_REACHED, "The console's server does not respond. Is it running?");
  }
}

async function answerOf(response: Response) {
  const value = await response.json();
  if (!response.ok) throw new ServerProblem(value.code, value.message);
  return value;
}

export interface Loaded<Shape> {
  /** What was read last; it stays while it is read again. */
  readonly value: Shape | undefined;
  readonly problem: ServerProblem | undefined;
  /** Reads it again. */
  readonly reload: () => void;
}

/** What the server has at `path`, read again when the path changes. */
export function useLoaded<Shape>(path: string): Loaded<Shape> {
  const value: Signal<Shape | undefined> = useSignal(undefined);
  const problem: Signal<ServerProblem | undefined> = useSignal(undefined);
  const turn = useSignal(0);
  useEffect(() => {
    let isCurrent = true;
    read<Shape>(path).then(
      (found) => {
        if (!isCurrent) return;
        value.value = found;
        problem.value = undefined;
      },
      (thrown) => {
        if (isCurrent)
          problem.value =
            thrown instanceof ServerProblem ? thrown : new ServerProblem("INTERNAL", String(thrown));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [path, turn.value]);
  return { value: value.value, problem: problem.value, reload: () => turn.value++ };
}
