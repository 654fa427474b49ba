/** The keys of function.yml. */
import {
  type KeyTable,
  listOf,
  oneOf,
  TEXT,
  tableSchema,
  type ValueSchema,
} from "../lib/compiler/source/key-table.ts";
import { GRANTS } from "./grants.ts";

/**
 * The longest time in seconds that an HTTP API waits for a response, and that Lambda lets a function without a route
 * run.
 */
export const LONGEST_ROUTE_SECONDS = 29;
export const LONGEST_SECONDS = 900;
export const LEAST_MEMORY = 128;
export const MOST_MEMORY = 10_240;
/** What API Gateway lets a whole account and region have per second. */
export const MOST_REQUESTS = 10_000;
export const ROUTE = /^(GET|POST|PUT|PATCH|DELETE) (\/[\w\-./{}]*)$/;
export const RATE = /^(rate|cron)\(.+\)$/;

const ROUTES: ValueSchema = { type: "array", items: { type: "string", pattern: ROUTE.source } };

export const SCHEDULE_KEYS: KeyTable = {
  rate: {
    description: "As EventBridge writes it: rate(1 hour) or cron(0 8 * * ? *).",
    value: { type: "string", pattern: RATE.source },
    required: true,
  },
  description: { description: "What the function does when it runs.", value: TEXT, required: true },
};

export const FUNCTION_KEYS: KeyTable = {
  uses: { description: "Named grants, of resources/grants.ts.", value: listOf(oneOf(Object.keys(GRANTS))) },
  timeout: {
    description: `How long the function can run, in seconds: at most ${LONGEST_ROUTE_SECONDS} with a route.`,
    value: { type: "integer", minimum: 1, maximum: LONGEST_SECONDS },
  },
  memorySize: {
    description: "The memory of the function, in MB.",
    value: { type: "integer", minimum: LEAST_MEMORY, maximum: MOST_MEMORY },
  },
  routes: { description: "Routes for authenticated callers: GET /api/audit.", value: ROUTES },
  openRoutes: { description: "Routes for anyone: GET /api/health.", value: ROUTES },
  requestsPerSecond: {
    description: "How many requests a second each of its routes takes; twice as many at once. More get 429.",
    value: { type: "integer", minimum: 1, maximum: MOST_REQUESTS },
  },
  schedule: { description: "When the function runs by itself.", value: tableSchema(SCHEDULE_KEYS) },
};
