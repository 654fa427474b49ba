/** An endpoint: where an application outside AWS gets its notifications. */
import { randomBytes } from "node:crypto";
import type { Item } from "../aws/dynamodb.ts";
import { present } from "../present.ts";
import { createSealer } from "../sealing/sealing.ts";
import { fieldsOf, textOf, textsOf } from "../untrusted.ts";
import type { Health } from "./endpoint-health.ts";

export const ENDPOINT_ID_PATTERN = /^ep_[0-9a-f]{16}$/;

/** `operator`: by a command. `failing`: it failed for days. `gone`: it responded with 410. */
export const DISABLED_REASONS = ["operator", "failing", "gone"] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export interface Endpoint extends Health {
  readonly endpointId: string;
  readonly url: string;
  readonly description: string;
  /** See type-filter.ts. */
  readonly types: readonly string[];
  /** The newest first. */
  readonly secrets: readonly SealedSecret[];
  /** UTC, ISO 8601, as every time here. */
  readonly createdAt: string;
  readonly disabledAt?: string;
  readonly disabledReason?: DisabledReason;
  /** When the administrator was told. */
  readonly toldAt?: string;
}

/** A signing secret as it is stored: nobody can read it without APP_SECRET. */
export interface SealedSecret {
  readonly sealed: string;
  /** Left out for the current secret. */
  readonly expiresAt?: string;
}

export const newEndpointId = () => `ep_${randomBytes(8).toString("hex")}`;

export function readEndpointItem(item: Item): Endpoint | undefined {
  const endpointId = textOf(item.endpointId);
  const url = textOf(item.url);
  if (endpointId === undefined || url === undefined) return undefined;
  return {
    endpointId,
    url,
    description: textOf(item.description) ?? "",
    types: textsOf(item.types),
    secrets: secretsIn(item.secrets),
    createdAt: textOf(item.createdAt) ?? "",
    failures: typeof item.failures === "number" ? item.failures : 0,
    ...present({
      failingSince: textOf(item.failingSince),
      nextProbeAt: textOf(item.nextProbeAt),
      disabledAt: textOf(item.disabledAt),
      disabledReason: DISABLED_REASONS.find((reason) => reason === item.disabledReason),
      toldAt: textOf(item.toldAt),
    }),
  };
}

function secretsIn(value: unknown): SealedSecret[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const { sealed, expiresAt } = fieldsOf(entry);
    if (typeof sealed !== "string") return [];
    return [{ sealed, ...present({ expiresAt: textOf(expiresAt) }) }];
  });
}

/** A secret, sealed for this endpoint. */
export function sealedSecret(endpointId: string, secret: string, appSecrets: readonly string[]): string {
  return createSealer(appSecrets).seal(secret, placeOf(endpointId));
}

/** Those that have not expired, the newest first. Throws if one does not open with any of `appSecrets`. */
export function openSecrets(
  { endpointId, secrets }: Pick<Endpoint, "endpointId" | "secrets">,
  now: Date,
  appSecrets: readonly string[],
): string[] {
  const sealer = createSealer(appSecrets);
  return currentSecrets(secrets, now).map(({ sealed }) => String(sealer.open(sealed, placeOf(endpointId))));
}

export function currentSecrets(secrets: readonly SealedSecret[], now: Date): SealedSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now.toISOString());
}

const placeOf = (endpointId: string) => `endpoint:${endpointId}`;
