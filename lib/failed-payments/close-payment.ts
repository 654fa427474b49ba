/** Stops the reminders of a failed payment, once it is paid, can no longer be paid, or is another account's. */
import { logCall } from "../log.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { type End, ended } from "./failed-payment.ts";
import { changeFailedPayment } from "./failed-payment-table.ts";

/** Does nothing for a payment that never failed, or has already ended. Counts PaymentsRecovered. */
export async function closePayment(paymentId: string, status: End, requestId: string): Promise<void> {
  const { before, after } = await changeFailedPayment(
    paymentId,
    (payment) => payment && ended(payment, status),
  );
  if (after === undefined || after === before) return;
  const { attempts, customerId, lastDeclineCode: declineCode } = after;
  logCall(
    {
      event: "failed-payment.closed",
      requestId,
      ...subjectsAmong(paymentId, customerId),
      status,
      attempts,
      declineCode,
      outcome: "succeeded",
    },
    undefined,
    status === "recovered" ? [{ dimensions: ["stage"], values: { PaymentsRecovered: 1 } }] : [],
  );
}
