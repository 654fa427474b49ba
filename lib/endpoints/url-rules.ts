/** Which URLs endpoints can have here. */
import { optionalEnv } from "../env.ts";
import type { UrlRules } from "./endpoint-url.ts";

/** Only the local stack sets the variable: a deployed function never connects to itself. */
export const urlRules = (): UrlRules => ({ loopback: optionalEnv("LOOPBACK_ENDPOINTS") === "allowed" });
