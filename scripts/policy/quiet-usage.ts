/** The default usage counters of a case or a command line: those of a quiet day. */
import type { Usage } from "../../lib/policy/policy.ts";

/** Includes the current call, which charges nothing and records nothing. */
export const QUIET_USAGE: Usage = {
  callsThisMinute: 1,
  callsToday: 1,
  customerAmountToday: 0,
  principalAmountToday: 0,
  quantityToday: 0,
  quantityThisMonth: 0,
};
