/**
 * The guards behind the promises of docs/security.md: for each, its exact source text, the text that removes it, and the
 * test that must fail without it. test/scripts/guards.test.ts checks that every promise has one, and that each text exists.
 */

import type { Guard } from "./guard.ts";
import { GUARDS_OF_AGENTS } from "./guards/agents-and-approvals.ts";
import { GUARDS_OF_CALLERS } from "./guards/callers.ts";
import { GUARDS_OF_EVENTS } from "./guards/events.ts";
import { GUARDS_OF_DATA } from "./guards/log-and-data.ts";
import { GUARDS_OF_MONEY } from "./guards/money.ts";
import { GUARDS_OF_RUNS } from "./guards/runs.ts";

export const GUARDS: readonly Guard[] = [
  ...GUARDS_OF_AGENTS,
  ...GUARDS_OF_CALLERS,
  ...GUARDS_OF_EVENTS,
  ...GUARDS_OF_MONEY,
  ...GUARDS_OF_DATA,
  ...GUARDS_OF_RUNS,
];
