import type Stripe from "stripe";
import { present } from "../present.ts";
import { isApiVersion } from "../protocol/api-version.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters, url } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  list,
  notEmulated,
  optional,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

/** Kept with the endpoint and never changed, as at Stripe. The endpoint gets its events in this version. */
const apiVersion = optional((value, param) => {
  const version = string().read(value, param);
  if (isApiVersion(version)) return version;
  throw invalidRequest(`Invalid Stripe API version: ${version}`, undefined, param);
});

const createParameters = {
  url: required(url()),
  enabled_events: required(list(string(), 500)),
  description: emptyable(string()),
  metadata: metadata(),
  api_version: apiVersion,
  connect: notEmulated(),
};
const updateParameters = {
  url: url(),
  enabled_events: list(string(), 500),
  description: emptyable(string()),
  metadata: metadata(),
  disabled: boolean(),
};

export const webhookEndpointEndpoints = [
  endpoint("POST", "/v1/webhook_endpoints", createParameters, create),
  endpoint("GET", "/v1/webhook_endpoints", pageParameters, ({ context, path }, paging) =>
    page(context.store.all("webhook_endpoint"), paging, path),
  ),
  endpoint("GET", "/v1/webhook_endpoints/:id", {}, ({ context, id }) =>
    context.store.get("webhook_endpoint", id),
  ),
  endpoint("POST", "/v1/webhook_endpoints/:id", updateParameters, update),
  endpoint("DELETE", "/v1/webhook_endpoints/:id", {}, remove),
];

/** Only this response shows the signing secret. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.WebhookEndpoint {
  const stored = context.store.put("webhook_endpoint", {
    id: newId("we"),
    object: "webhook_endpoint",
    api_version: parameters.api_version ?? null,
    application: null,
    created: context.clock.now(),
    description: parameters.description ?? null,
    enabled_events: parameters.enabled_events,
    livemode: false,
    metadata: changedMetadata({}, parameters.metadata),
    status: "enabled",
    url: parameters.url,
  });
  const secret = `whsec_${randomText(32)}`;
  context.store.endpointSecrets.set(stored.id, secret);
  return { ...stored, secret };
}

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.WebhookEndpoint {
  const { disabled, metadata: given, ...fields } = parameters;
  const before = context.store.get("webhook_endpoint", id);
  return context.store.patch("webhook_endpoint", before, {
    ...fields,
    metadata: changedMetadata(before.metadata, given),
    ...present({ status: disabled === undefined ? undefined : disabled ? "disabled" : "enabled" }),
  });
}

function remove({ context, id }: Call): Stripe.DeletedWebhookEndpoint {
  context.store.get("webhook_endpoint", id);
  context.store.remove("webhook_endpoint", id);
  return { id, object: "webhook_endpoint", deleted: true };
}
