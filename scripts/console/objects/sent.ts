/** What the payer and the application were sent about an object, as far as the tables say. */
import { getItems } from "../../../lib/aws/dynamodb.ts";
import { type Attempt, deliveriesOf } from "../../../lib/endpoints/delivery-table.ts";
import { env } from "../../../lib/env.ts";
import { failedPayment } from "../../../lib/failed-payments/failed-payment-table.ts";
import { mapAtOnce } from "../../../lib/map-at-once.ts";
import { present } from "../../../lib/present.ts";
import { numberOf, textOf } from "../../../lib/untrusted.ts";
import type { HistoryRow } from "./history.ts";
import type { Related } from "./money.ts";

export interface SentMail {
  /** UTC, ISO 8601. */
  readonly at?: string;
  /** What it tells, such as `receipt:pi_1`. */
  readonly mail: string;
  /** `sent`, `sending`, `refused`, `bounced` and so on. */
  readonly state: string;
}

export interface SentNotification {
  readonly id: string;
  readonly type: string;
  readonly deliveries: readonly {
    readonly endpointId: string;
    readonly status: string;
    readonly attempts: readonly Attempt[];
    readonly nextAttemptAt?: string;
  }[];
}

/** The newest events, each of which can have caused a notification. */
const MOST_LOOKED_UP = 50;
const AT_ONCE = 10;
/** What a failed payment can be of: lib/failed-payments. */
const PAYABLE: ReadonlySet<string> = new Set(["payment_intent", "invoice"]);

/** Oldest first. */
export async function mailsAbout(
  { id, state }: Related,
  related: readonly Related[],
  history: readonly HistoryRow[],
): Promise<readonly SentMail[]> {
  const keys = [...new Set([{ id, state }, ...related].flatMap((one) => mailKeys(one, history)))];
  const items = await getItems(
    env("SENT_MAILS_TABLE"),
    keys.map((mail) => ({ mail })),
  );
  const automatic = items.map(
    (item): SentMail => ({
      mail: String(item.mail),
      state: textOf(item.state) ?? "unknown",
      ...present({ at: isoTime(numberOf(item.at)) }),
    }),
  );
  const payable = [{ id, state }, ...related].filter((one) => PAYABLE.has(one.state.objectType));
  const failed = await mapAtOnce(payable, AT_ONCE, (one) => failedPayment(one.id));
  const reminders = failed.flatMap((payment) =>
    Object.entries(payment?.mails ?? {}).map(
      ([key, claim]): SentMail => ({
        mail: `about the failed payment ${payment?.paymentId}: ${key}`,
        state: claim.state,
        ...present({ at: isoTime(claim.at) }),
      }),
    ),
  );
  return [...automatic, ...reminders].sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
}

/** What lib/automatic-mails/due-mail.ts can have named a mail about this object. */
function mailKeys({ id, state }: Related, history: readonly HistoryRow[]): string[] {
  const { trialEnd, cancelAt, currentPeriodEnd } = state;
  switch (state.objectType) {
    case "payment_intent":
      return [`receipt:${id}`];
    case "invoice":
      return [`receipt:${id}`, `invoice:${id}`];
    case "refund":
      return [`refund:${id}`];
    case "subscription":
      return [
        `subscription-started:${id}`,
        `subscription-canceled:${id}:ended`,
        ...[trialEnd, undefined].map((when) => mailKey("trial-ending", id, when)),
        ...[cancelAt, currentPeriodEnd].flatMap((when) =>
          when === undefined ? [] : [mailKey("subscription-canceled", id, when)],
        ),
        ...history.map(({ eventId }) => mailKey("subscription-changed", id, eventId)),
      ];
    default:
      return [];
  }
}

const mailKey = (template: string, id: string, when: string | undefined) =>
  [template, id, ...(when === undefined ? [] : [when])].join(":");

/** Of notifications with endpoints, newest first: those that only the topic got are not recorded. */
export async function notificationsAbout(
  { id, state }: Related,
  history: readonly HistoryRow[],
): Promise<readonly SentNotification[]> {
  const ids = [
    ...(state.objectType === "refund" ? [`evt_succeeded_${id}`] : []),
    ...history.slice(0, MOST_LOOKED_UP).map(({ eventId }) => eventId),
  ];
  const found = await mapAtOnce(ids, AT_ONCE, async (notificationId) => ({
    id: notificationId,
    ...(await deliveriesOf(notificationId)),
  }));
  return found.flatMap(({ id: notificationId, type, deliveries }) =>
    type === undefined
      ? []
      : [
          {
            id: notificationId,
            type,
            deliveries: deliveries.map(({ endpointId, status, attempts, nextAttemptAt }) => ({
              ...{ endpointId, status, attempts },
              ...present({ nextAttemptAt }),
            })),
          },
        ],
  );
}

const isoTime = (seconds: number | undefined) =>
  seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
