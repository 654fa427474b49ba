/** The latest requests of the API: what was asked for and what came of it, never bodies, keys or secrets. */
import { randomUUID } from "node:crypto";
import { present } from "../present.ts";

export interface LoggedRequest {
  /** Counts up from 1, in the order of the responses. */
  number: number;
  /** Of the response, in unix milliseconds by the emulator's clock. */
  at: number;
  method: string;
  path: string;
  status: number;
  /** `req_...` */
  requestId: string;
  /** The request whose response was returned again for its idempotency key. */
  originalRequest?: string;
  /** The kind of the fault that broke the connection. */
  fault?: string;
  /** Of an error. */
  code?: string;
  declineCode?: string;
  /** Of the objects in the path and in the response. */
  ids: string[];
  /** Of the object in the response, in the smallest unit of its currency. */
  amount?: number;
  currency?: string;
  durationMs: number;
}

export interface AnsweredRequest extends Omit<LoggedRequest, "number" | "path" | "ids"> {
  path: string;
  body: string;
}

const MOST_REQUESTS = 2_000;
const LONGEST_PATH = 200;
/** A longer response is a list. */
const LONGEST_BODY = 100_000;
const ID = /^(?:[a-z]{2,10}_)+(?:test_)?[A-Za-z0-9]{6,64}$/;
const AMOUNTS = ["amount", "amount_due", "amount_total", "total"] as const;
/** Secrets that look like ids. */
const SECRET = /^(?:sk|rk|pk|whsec|ek)_|_secret_/;

export class RequestLog {
  /** Another one after a restart, when the numbers begin again. */
  readonly name: string = randomUUID();
  readonly #requests: LoggedRequest[] = [];
  #last = 0;

  add({ body, path, ...request }: AnsweredRequest): void {
    this.#last += 1;
    const object = body.length > LONGEST_BODY ? undefined : parsed(body);
    this.#requests.push({
      number: this.#last,
      path: path.slice(0, LONGEST_PATH),
      ids: [...new Set([...path.split("/").filter(isId), ...idsIn(object)])],
      ...request,
      ...moneyIn(object),
      ...errorIn(object),
    });
    if (this.#requests.length > MOST_REQUESTS) this.#requests.shift();
  }

  /** The requests with higher numbers, oldest first. */
  after(number: number): readonly LoggedRequest[] {
    return this.#requests.filter((request) => request.number > number);
  }

  clear(): void {
    this.#requests.length = 0;
  }
}

const isId = (value: unknown): value is string =>
  typeof value === "string" && ID.test(value) && /\d|[A-Z]/.test(value) && !SECRET.test(value);

type Fields = Readonly<Record<string, unknown>>;

function parsed(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isFields(value) ? value : undefined;
  } catch {
    // A body that a fault gave.
    return undefined;
  }
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Of the object, of those that it names, and of the one that an error is about. A list names none: it is about all or none. */
function idsIn(object: Fields | undefined): string[] {
  if (object === undefined || object.object === "list") return [];
  const { error } = object;
  if (isFields(error)) return isFields(error.payment_intent) ? idsIn(error.payment_intent) : [];
  return Object.values(object).flatMap((value) => {
    const id = isFields(value) ? value.id : value;
    return isId(id) ? [id] : [];
  });
}

function moneyIn(object: Fields | undefined): Pick<LoggedRequest, "amount" | "currency"> {
  const amount = AMOUNTS.map((name) => object?.[name]).find((value) => typeof value === "number");
  const currency = object?.currency;
  return typeof amount !== "number" || typeof currency !== "string" ? {} : { amount, currency };
}

function errorIn(object: Fields | undefined): Pick<LoggedRequest, "code" | "declineCode"> {
  const error = object?.error;
  if (!isFields(error)) return {};
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return present({ code: text(error.code) ?? text(error.type), declineCode: text(error.decline_code) });
}
