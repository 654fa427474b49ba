/**
 * Sends one request to an endpoint. Connects only to public addresses, follows no redirect, and reads nothing of the response but
 * its status and `Retry-After`.
 */
import { lookup as resolveName } from "node:dns";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { hostOf, isLoopbackHost, type UrlRules } from "./endpoint-url.ts";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";

/** For the whole request, from the look-up of the name to the status of the response. */
export const POST_TIMEOUT_MS = 10_000;
/** Of the response's headers. More would fail the request. */
const MOST_HEADER_BYTES = 8_192;

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** Why there is no response. */
export type NoResponse =
  | "timeout"
  | "name not found"
  | "address not public"
  | "connection failed"
  | "certificate refused"
  | "no valid response";

export type PostResult =
  | { readonly kind: "response"; readonly status: number; readonly retryAfter?: string | undefined }
  | { readonly kind: "none"; readonly reason: NoResponse };

class AddressNotPublic extends Error {}

/** Never rejects. */
export function postNotification(post: Post, { loopback }: UrlRules): Promise<PostResult> {
  const url = new URL(post.url);
  const isAllowed = (address: string) =>
    isPublicAddress(address) || (loopback && isLoopbackHost(url.hostname) && isLoopbackAddress(address));
  // Node looks up names only.
  const host = hostOf(url.hostname);
  if (isIP(host) !== 0 && !isAllowed(host))
    return Promise.resolve({ kind: "none", reason: "address not public" });
  const { promise, resolve } = Promise.withResolvers<PostResult>();
  const bytes = Buffer.from(post.body);
  const options = {
    method: "POST",
    // A connection of its own: one that Lambda froze with its process would fail the next request.
    agent: false as const,
    lookup: guardedLookup(isAllowed),
    maxHeaderSize: MOST_HEADER_BYTES,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-length": bytes.length,
      "user-agent": "contractspec-stripe",
      ...post.headers,
    },
  };
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const sent = send(url, options, (response: IncomingMessage) => {
    const status = response.statusCode ?? 0;
    resolve({ kind: "response", status, retryAfter: response.headers["retry-after"] });
    response.destroy();
  });
  const timer = setTimeout(() => {
    resolve({ kind: "none", reason: "timeout" });
    sent.destroy();
  }, post.timeoutMs);
  sent.on("error", (error) => resolve({ kind: "none", reason: reasonOf(error) }));
  sent.end(bytes);
  return promise.finally(() => clearTimeout(timer));
}

/**
 * Looks up a name for a connection that is about to be made, and refuses it if any of its addresses is not allowed. A check before that
 * would be useless: a name can lead to another address a moment later.
 */
export function guardedLookup(
  isAllowed: (address: string) => boolean,
  resolveWith: typeof resolveName = resolveName,
): LookupFunction {
  return (hostname, options, callback) => {
    resolveWith(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? notFound(hostname), []);
      if (!addresses.every(({ address }) => isAllowed(address)))
        return callback(new AddressNotPublic("The name leads to an address that is not public"), []);
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

const notFound = (hostname: string) =>
  Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });

function reasonOf(error: NodeJS.ErrnoException): NoResponse {
  const { code = "" } = error;
  if (error instanceof AddressNotPublic) return "address not public";
  if (/^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/.test(code)) return "name not found";
  if (code === "ETIMEDOUT") return "timeout";
  if (/^(HPE_\w+|ERR_HTTP\w*)$/.test(code)) return "no valid response";
  if (/CERT|^ERR_TLS|^ERR_SSL|SELF_SIGNED|UNABLE_TO_VERIFY|^EPROTO$/.test(code)) return "certificate refused";
  return "connection failed";
}
