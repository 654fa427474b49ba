/** Money that leaves the account's balance. */
import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";
import { problemsOf } from "./sdk-types.ts";

async function givenABalance() {
  const running = await givenAnEmulator();
  await running.stripe.paymentIntents.create({
    ...{ amount: 10_000, currency: "usd", confirm: true, payment_method: "pm_card_bypassPending" },
    return_url: "https://shop.example/",
  });
  const balance = async () => (await running.stripe.balance.retrieve()).available[0]?.amount;
  const before = (await running.eventTypes()).length;
  return { ...running, balance, fresh: async () => (await running.eventTypes()).slice(before) };
}

describe("given a balance", () => {
  it("a payout takes it at once, and arrives at the bank a day later", async () => {
    const { stripe, control, balance, fresh } = await givenABalance();
    const available = Number(await balance());
    const payout = await stripe.payouts.create({ amount: 4000, currency: "usd", metadata: { month: "1" } });
    expect(payout).toMatchObject({ amount: 4000, status: "pending", metadata: { month: "1" } });
    expect(problemsOf({ ...payout }, "Payouts", "Payout")).toEqual([]);
    expect(await balance()).toBe(available - 4000);
    await control("clock", { advance: 24 * 60 * 60 });
    expect((await stripe.payouts.retrieve(payout.id)).status).toBe("paid");
    expect(await fresh()).toEqual(["payout.created", "payout.updated", "payout.paid"]);
    expect((await errorOf(stripe.payouts.cancel(payout.id))).code).toBe("status_transition_invalid");
    expect((await stripe.payouts.list({ status: "paid" })).data).toHaveLength(1);
    expect((await stripe.payouts.list({ status: "pending" })).data).toEqual([]);
  });

  it("one that has not arrived can be changed and canceled, and the balance has it again", async () => {
    const { stripe, balance, fresh } = await givenABalance();
    const available = await balance();
    const { id } = await stripe.payouts.create({ amount: 4000, currency: "usd" });
    expect((await stripe.payouts.update(id, { metadata: { a: "1" } })).metadata).toEqual({ a: "1" });
    expect((await stripe.payouts.cancel(id)).status).toBe("canceled");
    expect(await balance()).toBe(available);
    expect(await fresh()).toEqual(["payout.created", "payout.updated", "payout.canceled"]);
  });

  it.each([
    [{ amount: 10_000, currency: "usd" }, "balance_insufficient", "amount"],
    [{ amount: 1, currency: "eur" }, "balance_insufficient", "amount"],
    [{ amount: 0, currency: "usd" }, "parameter_invalid_integer", "amount"],
  ])("a payout of %j is refused with %s at %s", async (request, code, param) => {
    const { stripe, fresh } = await givenABalance();
    expect(await errorOf(stripe.payouts.create(request))).toMatchObject({ statusCode: 400, code, param });
    expect(await fresh()).toEqual([]);
  });
});
