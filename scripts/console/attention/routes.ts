/** What needs attention. Several open pages share one look. */
import type { ConsoleContext, Route } from "../server/route.ts";
import { type Findings, findFindings } from "./find-findings.ts";

/** A look reads tables; what it finds does not change faster than people act. */
const FRESH_MS = 2_000;

const looks = new WeakMap<ConsoleContext, { readonly at: number; readonly found: Promise<Findings> }>();

export const attentionRoutes: readonly Route[] = [
  { method: "GET", path: "/console/api/attention", respond: (_request, context) => latest(context) },
];

function latest(context: ConsoleContext): Promise<Findings> {
  const known = looks.get(context);
  if (known !== undefined && Date.now() - known.at < FRESH_MS) return known.found;
  const found = findFindings(context);
  looks.set(context, { at: Date.now(), found });
  return found;
}
