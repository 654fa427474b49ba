/** The keys of a workflow. */
import { FIELDS } from "../contract/field-keys.ts";
import { IDENTIFIER } from "../source/identifier.ts";
import {
  type KeyTable,
  listOf,
  oneOf,
  TEXT,
  tableSchema,
  type ValueSchema,
  VERSION,
} from "../source/key-table.ts";
import { BACKOFFS } from "./workflow.ts";

/** A Lambda runs for at most 15 minutes: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
export const MAX_TIMEOUT_MS = 900_000;
/** An execution lasts for a year at most: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_RUN_MS = 31_536_000_000;
export const MAX_DELAY_MS = 86_400_000;
export const MAX_ATTEMPTS = 100;

const wholeNumber = (maximum: number): ValueSchema => ({ type: "integer", minimum: 1, maximum });

export const RETRY_KEYS: KeyTable = {
  maxAttempts: {
    description: "The maximum number of executions, including the first. 3 by default.",
    value: wholeNumber(MAX_ATTEMPTS),
  },
  backoff: {
    description:
      "Whether the wait doubles with every execution (exponential, the default) or stays the same (linear).",
    value: oneOf(BACKOFFS),
  },
  delayMs: {
    description: "The wait before the second execution, in milliseconds. 1000 by default.",
    value: wholeNumber(MAX_DELAY_MS),
  },
  maxDelayMs: {
    description: "The longest wait, in milliseconds. 30000 by default, or delayMs if that is longer.",
    value: wholeNumber(MAX_DELAY_MS),
  },
};

const EVENT_TYPES: ValueSchema = { type: ["string", "array"], items: TEXT, minLength: 1, minItems: 1 };

export const WAIT_KEYS: KeyTable = {
  event: {
    description: "The type of Stripe's event that ends the wait, or a list of types.",
    value: EVENT_TYPES,
    required: true,
  },
  object: {
    description:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the dialect
      "The id of the object that the event is about, such as ${steps.pay.output.paymentIntentId}.",
    value: TEXT,
    required: true,
  },
  failOn: { description: "The event types that fail the step.", value: EVENT_TYPES },
  timeoutMs: {
    description: "How long the step waits, in milliseconds; at most 365 days. Then it fails with TIMEOUT.",
    value: wholeNumber(MAX_RUN_MS),
    required: true,
  },
};

export const STEP_KEYS: KeyTable = {
  id: { description: "The name of the step, unique in the workflow.", value: IDENTIFIER, required: true },
  capability: {
    description: "The capability that the step calls. Every step has this or wait.",
    value: TEXT,
  },
  wait: { description: "The event that the step waits for.", value: tableSchema(WAIT_KEYS) },
  inputs: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the dialect
    description: "The capability's inputs: literal values, and references such as ${input.amount}.",
    value: { type: ["object", "null"] },
  },
  onSuccess: { description: "The step that follows when this one has succeeded.", value: IDENTIFIER },
  onFailure: {
    description: "The step that follows when this one has failed permanently.",
    value: IDENTIFIER,
  },
  retry: {
    description: "How the step is retried after a failure that may be temporary.",
    value: tableSchema(RETRY_KEYS),
  },
  timeoutMs: {
    description: "How long one execution may take, in milliseconds. 60000 by default.",
    value: wholeNumber(MAX_TIMEOUT_MS),
  },
};

/**
 * Step Functions allows 80 characters for the name of a state machine, and it also contains the service and the stage.
 */
export const MAX_WORKFLOW_ID_LENGTH = 40;

export const WORKFLOW_KEYS: KeyTable = {
  workflowId: {
    description: "The name of the workflow, and of its file in workflows/.",
    value: { ...IDENTIFIER, maxLength: MAX_WORKFLOW_ID_LENGTH },
    required: true,
  },
  version: { description: "Shown with every run of the workflow.", value: VERSION, required: true },
  description: { description: "For readers; it changes nothing.", value: TEXT },
  inputs: {
    description: "The fields that start a run. By default, they are inferred from the steps that use them.",
    value: FIELDS,
  },
  steps: {
    description: "The steps, the first one first. Without onSuccess and onFailure, they run in this order.",
    value: listOf({
      ...tableSchema(STEP_KEYS),
      oneOf: [{ required: ["capability"] }, { required: ["wait"] }],
    }),
    required: true,
  },
};
