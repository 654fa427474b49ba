/** Reads the filter of the time line from the query of a request. Pure. */
import { Problem } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import { ENTRY_KINDS, OUTCOMES } from "../journal/entry.ts";
import type { EntryFilter, Place } from "../journal/journal.ts";

/** Throws BAD_REQUEST for what does not exist. */
export function filterOf(query: URLSearchParams): EntryFilter {
  return present({
    kinds: chosen(query, "kind", ENTRY_KINDS),
    outcomes: chosen(query, "outcome", OUTCOMES),
    principal: query.get("principal") ?? undefined,
    id: query.get("id") ?? undefined,
    from: timeOf(query, "from"),
    to: timeOf(query, "to"),
    routine: query.get("routine") === "1" ? true : undefined,
  });
}

/** `<Unix milliseconds>,<id>`, as the page that ended there says it. Throws BAD_REQUEST for anything else. */
export function placeOf(text: string | null): Place | undefined {
  if (text === null) return undefined;
  const [, at, id] = /^(\d{1,15}),(.+)$/s.exec(text) ?? [];
  if (at === undefined || id === undefined)
    throw new Problem(
      "BAD_REQUEST",
      "before is the time and the id of an entry, such as 1764230400000,log:1",
    );
  return { at: Number(at), id };
}

function chosen<Name extends string>(
  query: URLSearchParams,
  parameter: string,
  names: readonly Name[],
): Name[] | undefined {
  const wanted = query.getAll(parameter);
  for (const name of wanted)
    if (!names.some((each) => each === name))
      throw new Problem("BAD_REQUEST", `${parameter} is one of ${names.join(", ")}`);
  return wanted.length === 0 ? undefined : names.filter((name) => wanted.includes(name));
}

function timeOf(query: URLSearchParams, parameter: string): number | undefined {
  const text = query.get(parameter);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new Problem("BAD_REQUEST", `${parameter} is a time in Unix milliseconds, such as 1764230400000`);
  return Number(text);
}
