/** A month of sample data, and a fresh start. */
import { useSignal } from "@preact/signals";
import type { MonthProgress } from "../../scripts/sample-data/make-month.ts";
import { Action } from "../parts/action.tsx";
import { href } from "../router.ts";

export function SamplePart() {
  const seed = useSignal("1");
  const customers = useSignal("14");
  const fields = [
    ["Seed", seed],
    ["Customers", customers],
  ] as const;
  return (
    <section class="panel">
      <h2>Sample data</h2>
      <p class="quiet">
        A month of a small SaaS: customers subscribe, buy, upgrade, cancel, dispute and do not pay, through
        the API and the pay page. The same seed makes the same month.
      </p>
      <div class="fields">
        {fields.map(([label, value]) => (
          <label key={label}>
            {label}
            <input
              inputMode="numeric"
              autocomplete="off"
              value={value.value}
              onInput={({ currentTarget }) => {
                value.value = currentTarget.value;
              }}
            />
          </label>
        ))}
        <Action<MonthProgress>
          label="Make a month"
          does="Customers act on the local stack for a month, and its clock moves by 30 days. It takes some seconds, and more on a busy machine."
          command={`npm run sample-data -- --seed ${seed.value} --customers ${customers.value}`}
          path="time/sample-data"
          body={{ seed: seed.value, customers: customers.value }}
          tell={(made) => <a href={href()}>A month with {made.customers} customers is on the time line.</a>}
        />
      </div>
      <h2>Reset</h2>
      <p class="quiet">
        Removes everything that the stack has and sets its clock to this machine's. API keys stay, and so does
        what the audit log says about actions here.
      </p>
      <Action<{ readonly items: number }>
        label="Reset the stack"
        does="Tables, queues, mails, runs, the log and everything at the Stripe emulator are removed. They cannot be brought back."
        command="npm start -- --fresh"
        path="time/reset"
        onDone={() => location.assign(href())}
      />
    </section>
  );
}
