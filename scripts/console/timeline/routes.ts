/** The time line: pages of the journal. What is new comes as server-sent events: server/stream.ts. */
import { Problem } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import { ENTRY_KINDS, OUTCOMES } from "../journal/entry.ts";
import type { EntryFilter, EntryPage, Place } from "../journal/journal.ts";
import type { Route } from "../server/route.ts";

const PAGE = 100;

export interface TimelinePage extends EntryPage {
  /** Of everything that the journal has. */
  readonly size: number;
}

export const timelineRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/timeline",
    respond: ({ query }, { journal }): TimelinePage => ({
      ...journal.page(filterOf(query)),
      size: journal.size,
    }),
  },
];

/** Throws BAD_REQUEST for a kind or an outcome that does not exist. */
export function filterOf(query: URLSearchParams): EntryFilter {
  return {
    limit: PAGE,
    ...present({
      kinds: chosen(query, "kind", ENTRY_KINDS),
      outcomes: chosen(query, "outcome", OUTCOMES),
      principal: query.get("principal") ?? undefined,
      id: query.get("id") ?? undefined,
      before: placeOf(query.get("before")),
    }),
  };
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

/** `<Unix milliseconds>,<id>`, as the page that ended there says it. */
function placeOf(text: string | null): Place | undefined {
  const [, at, id] = /^(\d{1,15}),(.+)$/.exec(text ?? "") ?? [];
  return at === undefined || id === undefined ? undefined : { at: Number(at), id };
}
