/** Refusals by AWS services in their JSON protocols and, of SNS and S3, in XML. Pure. */
import { fieldOf, parseJson, textOf } from "../untrusted.ts";

export interface Refusal {
  /** The service's code, such as AccessDeniedException; "UnknownError" if the response has none, as a proxy's. */
  readonly code: string;
  readonly status: number;
  /** With it, AWS's support finds the request. */
  readonly requestId: string;
  /** The service's own message. */
  readonly text: string;
  /** Whether the same request may succeed a moment later. */
  readonly mayPass: boolean;
  /** Whether the time of the signature may be the reason. */
  readonly isAboutTime: boolean;
}

const THROTTLED =
  /^(?:Throttl|TooManyRequests|RequestThrottled|RequestLimitExceeded|SlowDown|PriorRequestNotComplete|BandwidthLimitExceeded|TransactionInProgress)/;
const ABOUT_TIME =
  /^(?:RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|InvalidSignatureException|SignatureDoesNotMatch)$/;

/** What a response with a status of 300 or more says. */
export function refusalOf({
  status,
  headers,
  text,
}: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}): Refusal {
  const body = parseJson(text);
  const named =
    headers["x-amzn-errortype"] ??
    textOf(fieldOf(body, "__type")) ??
    textOf(fieldOf(body, "code")) ??
    elementIn(text, "Code");
  const code = nameIn(named ?? "");
  return {
    code,
    status,
    requestId: headers["x-amzn-requestid"] ?? headers["x-amz-request-id"] ?? "unknown",
    text:
      textOf(fieldOf(body, "message")) ??
      textOf(fieldOf(body, "Message")) ??
      elementIn(text, "Message") ??
      "",
    mayPass: status >= 500 || status === 429 || THROTTLED.test(code),
    isAboutTime: ABOUT_TIME.test(code),
  };
}

/** The text of the first element of this name in an error's response. */
function elementIn(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

/** `com.amazonaws.ssm#InternalServerError:http://...` -> `InternalServerError` */
function nameIn(type: string): string {
  return /^(?:[^#:]*#)?(\w+)/.exec(type)?.[1] ?? "UnknownError";
}

/** Its `name` is the service's code, such as AccessDeniedException. */
export class RefusedByAws extends Error {
  /** `call`: the service and its operation. */
  constructor(call: string, { code, status, requestId, text }: Refusal) {
    const reason = text === "" ? "" : `: ${text}`;
    super(`${call} was refused with status ${status} (request ${requestId})${reason}`);
    this.name = code;
  }
}
