/** The keys of contract.yml. */
import { NOTIFICATION_TYPES } from "../../notifications/notification.ts";
import { type KeyTable, oneOf, TEXT, tableSchema, VERSION } from "../source/key-table.ts";
import { AREA_NAMES } from "./areas.ts";
import { FIELDS } from "./field-keys.ts";
import { PROVIDERS } from "./providers.ts";

export const CAPABILITY_ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const OPERATION = /^[A-Za-z_$][\w$]*$/;

export const PROVIDER_KEYS: KeyTable = {
  type: {
    description: "The service that the capability runs on.",
    value: oneOf(PROVIDERS),
    required: true,
  },
  operation: {
    description: "The function that operation.ts, next to the contract, exports.",
    value: { type: "string", pattern: OPERATION.source },
    required: true,
  },
};

export const CONTRACT_KEYS: KeyTable = {
  capabilityId: {
    description: "The name of the capability, and of its folder in functions/.",
    value: { type: "string", pattern: CAPABILITY_ID.source },
    required: true,
  },
  version: { description: "For readers; it changes nothing.", value: VERSION },
  description: {
    description: "What the capability is for, in docs/capabilities.md; it changes nothing.",
    value: TEXT,
  },
  area: { description: "Where docs/capabilities.md lists the capability.", value: oneOf(AREA_NAMES) },
  readOnly: {
    description:
      "Whether the capability changes nothing. It then needs no Idempotency-Key, policies see the action read, and a GET request may call it.",
    value: { type: "boolean" },
  },
  provider: {
    description: "The service and the function that carry out the capability.",
    value: tableSchema(PROVIDER_KEYS),
    required: true,
  },
  inputs: { description: "The fields that a call sends, and no others.", value: FIELDS },
  outputs: { description: "The fields of the result, and no others.", value: FIELDS },
  example: {
    description:
      "The inputs of one call, which a test makes. docs/capabilities.md shows it with its response. An id is the name of an object in test/docs/example-objects.ts, such as pi_paid.",
    value: { type: "object" },
  },
  notifications: {
    description:
      "The types of the notifications (docs/notifications.md) that a call can cause, immediately or later; an empty list if it causes none.",
    value: { type: "array", items: oneOf(NOTIFICATION_TYPES) },
  },
};
