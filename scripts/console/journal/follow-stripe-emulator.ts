/** Reads the requests that the local stack's Stripe emulator has responded to, and what comes later, into the journal. */
import { present } from "../../../lib/present.ts";
import { type Fields, fieldOf, fieldsOf, listOf, numberOf, textOf, textsOf } from "../../../lib/untrusted.ts";
import type { Entry, Outcome } from "./entry.ts";
import type { Following } from "./follow-log-file.ts";
import type { Journal } from "./journal.ts";

/** How often it is asked, in milliseconds. */
const ASK_EVERY_MS = 500;

/** `url` is the emulator's, such as `http://127.0.0.1:8001`. */
export function followStripeEmulator(url: string, journal: Journal): Following {
  let log = "";
  let last = 0;
  let asking: Promise<void> = Promise.resolve();
  const ask = async () => {
    const response = await fetch(`${url}/_emulator/requests?after=${last}`);
    const answer: unknown = await response.json();
    const name = textOf(fieldOf(answer, "log")) ?? "";
    const isOther = name !== log;
    log = name;
    if (isOther && last > 0) {
      // The emulator was started again, and has begun to count from 1.
      last = 0;
      await ask();
      return;
    }
    const requests = listOf(fieldOf(answer, "requests")).map(fieldsOf);
    last = numberOf(requests.at(-1)?.number) ?? last;
    journal.add(requests.flatMap((request) => entryOfRequest(request) ?? []));
  };
  // While the stack is stopped, nothing responds: what it has then is asked for later.
  const look = () => {
    asking = asking.then(ask).catch(() => undefined);
    return asking;
  };
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const goOn = async () => {
    await look();
    if (!isStopped) timer = setTimeout(() => void goOn(), ASK_EVERY_MS).unref();
  };
  void goOn();
  return {
    caughtUp: look,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** The entry of one item of `GET /_emulator/requests`; undefined if it is none. */
export function entryOfRequest(request: Fields): Entry | undefined {
  const [at, status] = [numberOf(request.at), numberOf(request.status)];
  const requestId = textOf(request.requestId);
  if (at === undefined || status === undefined || requestId === undefined) return undefined;
  const original = textOf(request.originalRequest);
  const fault = textOf(request.fault);
  const codes = [request.code, request.declineCode].flatMap((code) => textOf(code) ?? []);
  const details = [
    ...(fault === undefined ? [] : [`The connection was broken by the fault ${fault}`]),
    ...(codes.length === 0 ? [] : [[...new Set(codes)].join(", ")]),
    ...(original === undefined ? [] : [`The response of ${original} again`]),
  ];
  return {
    id: `stripe:${requestId}`,
    at,
    kind: "stripe",
    outcome: outcomeOf(status, fault !== undefined, original !== undefined),
    title: `${textOf(request.method) ?? ""} ${textOf(request.path) ?? ""}`,
    ids: [...new Set([requestId, ...(original === undefined ? [] : [original]), ...textsOf(request.ids)])],
    ...present({
      detail: details.length === 0 ? undefined : details.join("; "),
      code: status < 400 ? undefined : String(status),
      amount: numberOf(request.amount),
      currency: textOf(request.currency),
      durationMs: numberOf(request.durationMs),
    }),
  };
}

function outcomeOf(status: number, isBroken: boolean, isReplay: boolean): Outcome {
  if (isBroken || status >= 500) return "failed";
  if (status >= 400) return "refused";
  return isReplay ? "replayed" : "succeeded";
}
