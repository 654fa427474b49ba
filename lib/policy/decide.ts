/** Who may call what. Default deny; the role `admin` may call every capability. Pure. */
import type { Principal } from "../capability/capability.ts";

export interface Decision {
  readonly decision: "PERMIT" | "DENY";
  readonly ruleId: string;
  readonly reason: string;
}

/** Decides whether `principal` may do `action` ("invoke", "start", "read") on the capability or workflow `resourceId`. */
export function decide(principal: Principal, action: string, resourceId: string): Decision {
  if (principal.roles.includes("admin")) {
    return {
      decision: "PERMIT",
      ruleId: "admin-may-do-everything",
      reason: "The principal has the role admin",
    };
  }
  return { decision: "DENY", ruleId: "default-deny", reason: `No rule permits to ${action} ${resourceId}` };
}
