/** Names of deployed resources, within the limits of AWS. Pure. */
import { createHash } from "node:crypto";

/** The most characters that the name of such a resource can have. */
export const LONGEST_NAME = {
  function: 64,
  role: 64,
  queue: 80,
  stateMachine: 80,
  topic: 256,
} as const;

/** Where the service is deployed. */
export interface Deployment {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
}

const HASH_LENGTH = 10;

/** `contractspec-stripe-prod-send-email`, shortened when it is too long for Lambda. */
export function functionName(name: string, { service, stage }: Omit<Deployment, "region">): string {
  return nameWithin(LONGEST_NAME.function, service, stage, name);
}

/** The name of a function's role. It contains the region, because the roles of all regions share one list. */
export function roleName(name: string, { service, stage, region }: Deployment): string {
  return nameWithin(LONGEST_NAME.role, service, stage, name, region);
}

/**
 * The parts, joined by hyphens. A name that is too long ends with a hash of the parts instead, so that names which
 * differ only at their ends stay different.
 */
export function nameWithin(limit: number, ...parts: readonly string[]): string {
  const whole = parts.join("-");
  if (whole.length <= limit) return whole;
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, HASH_LENGTH);
  return `${whole.slice(0, limit - HASH_LENGTH - 1).replace(/-+$/, "")}-${hash}`;
}
