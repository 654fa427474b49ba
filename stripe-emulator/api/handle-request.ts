/** The `/v1` and `/v2` API: from an HTTP request to its response. It knows no resource: they declare their endpoints. */

import { contextFor, type Emulator } from "../emulator/emulator.ts";
import type { ConnectionFault } from "../faults/faults.ts";
import { present } from "../present.ts";
import { API_VERSION } from "../protocol/api-version.ts";
import { type ErrorBody, errorResponse, invalidRequest, StripeApiError } from "../protocol/errors.ts";
import {
  canonicalForm,
  FormEncodingError,
  type FormFields,
  parseForm,
  parseJsonFields,
} from "../protocol/form-encoding.ts";
import { newId } from "../protocol/ids.ts";
import { endpoints } from "../resources/all-endpoints.ts";
import type { Endpoint, PreparedRequest } from "../resources/endpoint.ts";
import { findEndpoint } from "../resources/find-endpoint.ts";
import type { IdempotencyClaim, StoredResponse } from "../state/idempotency-keys.ts";
import { advanceTestClocks } from "../time/advance-test-clock.ts";
import { assertMayCall, authenticate, type Caller } from "./authentication.ts";
import { expand } from "./expand.ts";

export interface ApiRequest {
  method: string;
  path: string;
  query: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Breaks the connection instead of a whole response, so that the caller cannot know whether the work was done. */
  fault?: ConnectionFault;
}

interface Matched {
  endpoint: Endpoint;
  id: string;
  itemId: string;
  caller: Caller;
  fields: FormFields;
  prepared: PreparedRequest;
}

/** Runs one request and returns its response, also for errors. Never rejects. */
export async function handleApiRequest(emulator: Emulator, request: ApiRequest): Promise<ApiResponse> {
  const requestId = newId("req", 14);
  const startedAt = performance.now();
  const key = request.headers["idempotency-key"];
  const { status, body, requestId: original } = await runRequest(emulator, request, requestId, key);
  const isReplay = original !== requestId;
  const fault = takeConnectionFault(emulator, request);
  emulator.log([request.method, request.path, status, fault?.kind].filter(Boolean).join(" "));
  emulator.requests.add({
    at: emulator.clock.nowMilliseconds(),
    durationMs: Math.round(performance.now() - startedAt),
    method: request.method,
    path: request.path,
    ...{ status, requestId, body },
    ...present({ originalRequest: isReplay ? original : undefined, fault: fault?.kind }),
  });
  return {
    status,
    headers: {
      "content-type": "application/json",
      "request-id": requestId,
      "stripe-version": request.headers["stripe-version"] ?? API_VERSION,
      ...present({ "idempotency-key": key }),
      ...(isReplay ? { "idempotent-replayed": "true", "original-request": original } : {}),
    },
    body,
    ...present({ fault }),
  };
}

function takeConnectionFault({ faults }: Emulator, request: ApiRequest): ConnectionFault | undefined {
  return (
    faults.take("reset_after_commit", request) ??
    faults.take("truncate", request) ??
    faults.take("stall", request)
  );
}

async function runRequest(
  emulator: Emulator,
  request: ApiRequest,
  requestId: string,
  key: string | undefined,
): Promise<StoredResponse> {
  let claim: IdempotencyClaim | undefined;
  try {
    const inFront = emulator.faults.take("status", request, ({ status }) => !isResult(status));
    if (inFront !== undefined) return faultResponse(inFront, requestId);
    const matched = matchRequest(emulator, request);
    if (request.method === "POST" && key !== undefined) {
      const account = `${matched.caller.key} ${request.headers["stripe-account"] ?? ""}`;
      const claimed = emulator.idempotency.claim(account, key, request.path, canonicalForm(matched.fields));
      if ("status" in claimed) return claimed;
      claim = claimed;
    }
    const delay = emulator.faults.take("delay", request);
    if (delay !== undefined) await emulator.faults.hold(delay);
    const fault = emulator.faults.take("status", request, ({ status }) => isResult(status));
    const response =
      fault === undefined
        ? execute(emulator, request, matched, requestId, key)
        : faultResponse(fault, requestId);
    await advanceTestClocks(emulator);
    claim?.complete(response);
    emulator.store.onChange();
    return response;
  } catch (error) {
    claim?.abandon();
    return failure(emulator, error, requestId);
  }
}

/** All checks before the endpoint runs. The response to a request that fails them is not kept under its idempotency key. */
function matchRequest(emulator: Emulator, request: ApiRequest): Matched {
  const caller = authenticate(request.headers.authorization, emulator.options);
  const found = findEndpoint(endpoints, request.method, request.path);
  if (found === undefined) {
    throw new StripeApiError(404, {
      type: "invalid_request_error",
      message: `Unrecognized request URL (${request.method}: ${request.path}). This emulator has a part of Stripe's API: its README lists the requests.`,
    });
  }
  assertMayCall(caller, found.endpoint.publishable);
  const type = request.headers["content-type"] ?? "application/x-www-form-urlencoded";
  if (request.path.startsWith("/v2/") && request.body !== "" && type.startsWith("application/json")) {
    const given = parseJsonFields(request.body);
    return { ...found, caller, fields: given, prepared: found.endpoint.prepare(given) };
  }
  if (request.body !== "" && !type.startsWith("application/x-www-form-urlencoded")) {
    throw invalidRequest(
      "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
    );
  }
  const fields = parseForm([request.query, request.body].filter((text) => text !== "").join("&"));
  return {
    ...found,
    caller,
    fields,
    prepared: found.endpoint.prepare(fields, request.headers["stripe-version"]),
  };
}

function execute(
  emulator: Emulator,
  request: ApiRequest,
  { id, itemId, caller, fields, prepared }: Matched,
  requestId: string,
  key: string | undefined,
): StoredResponse {
  const about = [id, ...[...fields.values()].filter((value) => typeof value === "string")];
  const context = contextFor(emulator, { id: requestId, idempotency_key: key ?? null }, about);
  try {
    const result = prepared.run({ context, id, itemId, path: request.path, publishable: caller.publishable });
    const json = expand(emulator.store, result, prepared.expand);
    return { status: 200, body: JSON.stringify(json, null, 2), requestId };
  } catch (error) {
    return failure(emulator, error, requestId);
  }
}

function failure(emulator: Emulator, error: unknown, requestId: string): StoredResponse {
  if (error instanceof StripeApiError) return errorOf(error.status, error.body, requestId);
  if (error instanceof FormEncodingError) {
    return errorOf(400, { type: "invalid_request_error", message: error.message }, requestId);
  }
  emulator.log(`error: ${error instanceof Error ? error.stack : String(error)}`);
  const message = "The emulator failed; its log says why.";
  return errorOf(500, { type: "api_error", message }, requestId);
}

/** Whether the status of a fault counts as the endpoint's own result. */
function isResult(status: number): boolean {
  return status === 500 || status === 402;
}

function faultResponse(fault: { status: number; body?: object }, requestId: string): StoredResponse {
  if (fault.body !== undefined) return { status: fault.status, body: JSON.stringify(fault.body), requestId };
  const isRateLimit = fault.status === 429;
  const type = isRateLimit ? "rate_limit_error" : fault.status >= 500 ? "api_error" : "invalid_request_error";
  const message = `A fault was injected: status ${fault.status}.`;
  return errorOf(
    fault.status,
    { type, message, ...present({ code: isRateLimit ? "rate_limit" : undefined }) },
    requestId,
  );
}

function errorOf(status: number, body: ErrorBody, requestId: string): StoredResponse {
  return { status, body: JSON.stringify(errorResponse(body, requestId), null, 2), requestId };
}
