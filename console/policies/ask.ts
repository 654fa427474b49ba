/** Changes what is asked: it is the query of the address. */
import { go, withQuery } from "../router.ts";

export const ask = (changes: Readonly<Record<string, string | readonly string[]>>) =>
  go(withQuery(changes), { replaces: true });
