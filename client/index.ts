/** A client for the API of contractspec-stripe. It needs nothing but `fetch`, so it runs in Node, Deno, Bun, Workers and browsers. */
export type * from "../generated/client/notifications.ts";
export type * from "../generated/client/types.ts";
export { ApiError } from "./api-error.ts";
export {
  type CallOptions,
  type CapabilityId,
  Client,
  type ClientOptions,
  type ListId,
  type ReadOptions,
  type WaitOptions,
  type WorkflowId,
} from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  type ConstructOptions,
  constructNotification,
  type NotificationHeaders,
} from "./construct-notification.ts";
export { NotificationError, type NotificationErrorReason } from "./notification-error.ts";
