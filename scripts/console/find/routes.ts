/** The search. */
import { Problem } from "../../../lib/errors.ts";
import { type Found, find } from "../../find/look.ts";
import { readSearch } from "../../find/read-search.ts";
import { logOf } from "../../logs/log-of-target.ts";
import type { Route } from "../server/route.ts";

const LONGEST = 300;

export interface FindPage extends Found {
  readonly text: string;
  /** The same as a command. */
  readonly command: string;
}

export const findRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/find",
    respond: async ({ query }, { target, now }): Promise<FindPage> => {
      const text = (query.get("q") ?? "").trim();
      if (text === "") throw new Problem("BAD_REQUEST", "Type an id, a mail address or an amount");
      if (text.length > LONGEST)
        throw new Problem("BAD_REQUEST", `A search has at most ${LONGEST} characters`);
      const found = await find(readSearch(text), { now: await now(), log: () => logOf(target) });
      const stage = target.stage === undefined ? "" : ` --stage ${target.stage}`;
      return { ...found, text, command: `npm run find -- ${quoted(text)}${stage}` };
    },
  },
];

/** As a shell reads it as one word. */
function quoted(text: string): string {
  return /^[\w.@:/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
