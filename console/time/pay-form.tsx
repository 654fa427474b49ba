/** Pays as the payer, with a test card: for any payment, or for the one of a page. Only the local stack has this. */
import "./time.css";
import { useSignal } from "@preact/signals";
import type { PaidAs } from "../../scripts/console/time/payer.ts";
import type { TimePage } from "../../scripts/console/time/routes.ts";
import { Action } from "../parts/action.tsx";
import { useLoaded } from "../server.ts";

interface PayFormProps {
  readonly paymentId?: string;
  readonly onPaid?: () => void;
}

export function PayForm({ paymentId, onPaid }: PayFormProps) {
  const { value } = useLoaded<TimePage>("time");
  const typed = useSignal(paymentId ?? "");
  const card = useSignal("pm_card_visa");
  if (value === undefined) return null;
  const chosen = value.cards.find(({ id }) => id === card.value);
  const body = JSON.stringify({ paymentIntent: typed.value, card: card.value });
  return (
    <div class="fields">
      {paymentId === undefined && (
        <label>
          Payment
          <input
            name="payment"
            placeholder="pi_…"
            autocomplete="off"
            spellcheck={false}
            value={typed.value}
            onInput={({ currentTarget }) => {
              typed.value = currentTarget.value.trim();
            }}
          />
        </label>
      )}
      <label>
        The card
        <select
          value={card.value}
          onChange={({ currentTarget }) => {
            card.value = currentTarget.value;
          }}
        >
          {value.cards.map(({ id, about }) => (
            <option key={id} value={id}>
              {about}
            </option>
          ))}
        </select>
      </label>
      <Action<PaidAs>
        label="Pay"
        does={`The payer of ${typed.value || "this payment"} pays with a card that ${chosen?.about ?? ""}.`}
        command={`curl --json '${body}' ${value.emulator}/_emulator/pay`}
        path={`time/pay/${encodeURIComponent(typed.value || "pi_")}`}
        body={{ card: card.value }}
        {...(onPaid === undefined ? {} : { onDone: onPaid })}
        tell={({ status, authenticateAt }) => (
          <>
            {`The payment is ${status}. `}
            {authenticateAt !== undefined && (
              <a href={authenticateAt} target="_blank" rel="noreferrer">
                Authenticate as the payer
              </a>
            )}
          </>
        )}
      />
    </div>
  );
}
