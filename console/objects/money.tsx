/** The amounts of a payment, and whether they add up. */
import type { MoneyTable } from "../../scripts/console/objects/money.ts";

export function Money({ table: { rows, addsUp, check } }: { readonly table: MoneyTable }) {
  return (
    <section aria-labelledby="money">
      <h2 id="money">Amounts</h2>
      <table class="money">
        <thead class="unseen">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Amount</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, shown, amount, isWhole }, index) => (
            <tr key={`${label} ${index}`} class={isWhole ? "whole" : amount === 0 ? "none" : undefined}>
              <th scope="row">{isWhole ? label : `of that: ${label.toLowerCase()}`}</th>
              <td>{shown}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class={`outcome ${addsUp ? "succeeded" : "failed"} sum`}>
        <span aria-hidden="true">{addsUp ? "✓" : "✕"}</span> {addsUp ? "adds up" : "does not add up"}
      </p>
      <p class="quiet">{check}</p>
    </section>
  );
}
