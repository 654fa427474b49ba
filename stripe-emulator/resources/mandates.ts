import { endpoint } from "./endpoint.ts";

export const mandateEndpoints = [
  endpoint("GET", "/v1/mandates/:id", {}, ({ context, id }) => context.store.get("mandate", id)),
];
