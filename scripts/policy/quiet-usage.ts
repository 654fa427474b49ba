/** The counters of a quiet day, where a case or a command line does not say otherwise. */
import type { Usage } from "../../lib/policy/policy.ts";

/** The call at hand is counted in; it charges nothing. */
export const QUIET_USAGE: Usage = { callsThisMinute: 1, customerAmountToday: 0 };
