import { describe, expect, it } from "@jest/globals";
import { errorOf, givenAnEmulator } from "./running-emulator.ts";

describe("given customers", () => {
  it("one can be created, retrieved and changed, and its event says what changed", async () => {
    const { stripe } = await givenAnEmulator();
    const customer = await stripe.customers.create({
      email: "ada@shop.example",
      name: "Ada",
      address: { city: "London", country: "GB" },
      metadata: { userId: "u-1" },
    });
    expect(customer.address).toEqual({
      city: "London",
      country: "GB",
      line1: null,
      line2: null,
      postal_code: null,
      state: null,
    });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({
      email: "ada@shop.example",
      metadata: { userId: "u-1" },
    });
    await stripe.customers.update(customer.id, { name: "Ada L", phone: "" });
    const [event] = (await stripe.events.list({ type: "customer.updated" })).data;
    expect(event?.data).toMatchObject({ object: { name: "Ada L" }, previous_attributes: { name: "Ada" } });
    expect(Object.keys(event?.data.previous_attributes ?? {})).toEqual(["name"]);
  });

  it("a deleted one can be retrieved as deleted, and cannot be used", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const { id } = await stripe.customers.create();
    expect(await stripe.customers.del(id)).toMatchObject({ id, object: "customer", deleted: true });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
    expect(await errorOf(stripe.customers.update(id, { name: "x" }))).toMatchObject({ statusCode: 404 });
    expect(
      await errorOf(stripe.paymentIntents.create({ amount: 2000, currency: "usd", customer: id })),
    ).toMatchObject({
      statusCode: 400,
      code: "resource_missing",
      param: "customer",
    });
    expect((await stripe.customers.list()).data).toEqual([]);
    expect(await eventTypes()).toEqual(["customer.created", "customer.deleted"]);
  });

  it("the list can be filtered by email", async () => {
    const { stripe } = await givenAnEmulator();
    await stripe.customers.create({ email: "a@shop.example" });
    const wanted = await stripe.customers.create({ email: "b@shop.example" });
    expect((await stripe.customers.list({ email: "b@shop.example" })).data.map(({ id }) => id)).toEqual([
      wanted.id,
    ]);
  });
});

describe("given customers to find", () => {
  const found = (result: { data: { name?: string | null }[] }) => result.data.map(({ name }) => name);

  it("the list compares addresses with their case, and a page begins after a customer that no longer matches", async () => {
    const { stripe } = await givenAnEmulator();
    for (const name of ["one", "two", "three"])
      await stripe.customers.create({ name, email: "a@shop.example" });
    expect(found(await stripe.customers.list({ email: "A@shop.example" }))).toEqual([]);
    const first = await stripe.customers.list({ email: "a@shop.example", limit: 1 });
    expect(first).toMatchObject({ has_more: true, data: [{ name: "three" }] });
    const cursor = first.data[0]?.id ?? "";
    await stripe.customers.update(cursor, { email: "b@shop.example" });
    const rest = await stripe.customers.list({ email: "a@shop.example", starting_after: cursor });
    expect(found(rest)).toEqual(["two", "one"]);
  });

  it.each([
    ['email:"MIA.X@shop.example"', ["mia"]],
    ["email:'mia.x@shop.example'", ["mia"]],
    ['metadata["userId"]:"u-1"', ["ada", "mia"]],
    [`metadata['userId']:"U-1" AND email~"ada"`, ["ada"]],
    ['metadata["userId"]:"u-1" -name:"ada"', ["mia"]],
    ['name:"ada" OR name:"eve"', ["eve", "ada"]],
    ['metadata["userId"]:null', ["eve"]],
    ['metadata["constructor"]:null', ["eve", "ada", "mia"]],
    [String.raw`name:"a \" OR name:\"ada"`, []],
  ])("a search for %s finds %j", async (query, names) => {
    const { stripe } = await givenAnEmulator();
    await stripe.customers.create({
      name: "mia",
      email: "Mia.x@Shop.example",
      metadata: { userId: "u-1" },
    });
    await stripe.customers.create({
      name: "ada",
      email: "ada@shop.example",
      metadata: { userId: "u-1" },
    });
    await stripe.customers.create({ name: "eve" });
    expect(found(await stripe.customers.search({ query }))).toEqual(names);
  });

  it("a search has pages, and its query must be understood", async () => {
    const { stripe } = await givenAnEmulator();
    for (const name of ["one", "two", "three"])
      await stripe.customers.create({ name, email: "a@shop.example" });
    const seen: unknown[] = [];
    for await (const { name } of stripe.customers.search({ query: 'email:"a@shop.example"', limit: 2 }))
      seen.push(name);
    expect(seen).toEqual(["three", "two", "one"]);
    for (const query of ["email", "email:a", 'color:"red"', 'name:"a" AND name:"b" OR name:"c"', 'email~"a"'])
      expect(await errorOf(stripe.customers.search({ query }))).toMatchObject({
        statusCode: 400,
        param: "query",
      });
  });
});

describe("given payment methods", () => {
  it("one can be attached, made the default, listed, changed and detached", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const customer = await stripe.customers.create();
    const method = await stripe.paymentMethods.attach("pm_card_mastercard", { customer: customer.id });
    expect(method).toMatchObject({ customer: customer.id, card: { brand: "mastercard", last4: "4444" } });
    const settings = { default_payment_method: method.id };
    expect(
      (await stripe.customers.update(customer.id, { invoice_settings: settings })).invoice_settings,
    ).toMatchObject(settings);
    expect((await stripe.paymentMethods.list({ customer: customer.id, type: "card" })).data).toHaveLength(1);
    await stripe.paymentMethods.update(method.id, {
      billing_details: { name: "Ada" },
      card: { exp_month: 3 },
    });
    expect(await stripe.paymentMethods.retrieve(method.id)).toMatchObject({
      billing_details: { name: "Ada" },
      card: { exp_month: 3 },
    });
    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();
    expect(await eventTypes()).toEqual([
      "customer.created",
      "payment_method.attached",
      "customer.updated",
      "payment_method.updated",
      "payment_method.detached",
    ]);
  });

  it("a customer cannot use another customer's payment method", async () => {
    const { stripe } = await givenAnEmulator();
    const [one, two] = [await stripe.customers.create(), await stripe.customers.create()];
    const method = await stripe.paymentMethods.attach("pm_card_visa", { customer: one.id });
    const call = stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      customer: two.id,
      payment_method: method.id,
      confirm: true,
      return_url: "https://a.example",
    });
    expect((await errorOf(call)).param).toBe("payment_method");
    await expect(
      stripe.customers.update(two.id, { invoice_settings: { default_payment_method: method.id } }),
    ).rejects.toMatchObject({ code: "resource_missing" });
  });
});

describe("given tax ids and a balance of a customer", () => {
  it("each can be read under the customer, and not under another one", async () => {
    const { stripe, eventTypes } = await givenAnEmulator();
    const { id: customer } = await stripe.customers.create({ balance: -300 });
    const { id: other } = await stripe.customers.create({});
    const taxId = await stripe.customers.createTaxId(customer, { type: "eu_vat", value: "DE123456789" });
    expect(taxId).toMatchObject({ country: "DE", owner: { type: "customer", customer } });
    expect(await stripe.customers.retrieveTaxId(customer, taxId.id)).toEqual(taxId);
    expect(await errorOf(stripe.customers.deleteTaxId(other, taxId.id))).toMatchObject({ statusCode: 404 });
    expect(await stripe.customers.deleteTaxId(customer, taxId.id)).toMatchObject({ deleted: true });
    await stripe.customers.update(customer, { balance: -100 });
    const { data } = await stripe.customers.listBalanceTransactions(customer);
    expect(data.map(({ type, amount, ending_balance: ending }) => [type, amount, ending])).toEqual([
      ["adjustment", 200, -100],
      ["initial", -300, -300],
    ]);
    const first = String(data[0]?.id);
    const described = await stripe.customers.updateBalanceTransaction(customer, first, {
      description: "Goodwill",
    });
    expect(await stripe.customers.retrieveBalanceTransaction(customer, first)).toEqual(described);
    const foreign = stripe.customers.retrieveBalanceTransaction(other, first);
    expect(await errorOf(foreign)).toMatchObject({ statusCode: 404 });
    expect(await eventTypes()).toEqual([
      ...["customer.created", "customer.created", "customer.tax_id.created", "customer.tax_id.deleted"],
      "customer.updated",
    ]);
  });
});
