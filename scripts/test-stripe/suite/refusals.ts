import { get, post, refused, type Scenario, type Step, scenario } from "../scenario.ts";

const invalid = (title: string, step: Step, status: number, error: Step["expected"]): Scenario =>
  scenario(`a refusal: ${title}`, refused(step, status, { type: "invalid_request_error", ...error }));
const payment = (parameters: Step["parameters"]) => post("payment", "/v1/payment_intents", parameters);

export const refusals: readonly Scenario[] = [
  invalid("a parameter is missing", payment({ currency: "usd" }), 400, {
    code: "parameter_missing",
    param: "amount",
  }),
  invalid("a parameter is unknown", payment({ amount: 100, currency: "usd", colour: "red" }), 400, {
    code: "parameter_unknown",
    param: "colour",
  }),
  invalid("an amount is too small", payment({ amount: 1, currency: "usd" }), 400, {
    code: "amount_too_small",
  }),
  invalid("an amount is not a whole number", payment({ amount: "ten", currency: "usd" }), 400, {
    code: "parameter_invalid_integer",
    param: "amount",
  }),
  invalid("a currency does not exist", payment({ amount: 100, currency: "xxx" }), 400, { param: "currency" }),
  invalid("a customer does not exist", get("customer", "/v1/customers/cus_none"), 404, {
    code: "resource_missing",
    param: "id",
  }),
  invalid(
    "a parameter names a customer that does not exist",
    payment({ amount: 100, currency: "usd", customer: "cus_none" }),
    400,
    { code: "resource_missing", param: "customer" },
  ),
  invalid("an email address is not one", post("customer", "/v1/customers", { email: "ada" }), 400, {
    code: "email_invalid",
    param: "email",
  }),
  invalid(
    "a payment is confirmed without a payment method",
    payment({ amount: 100, currency: "usd", confirm: true }),
    400,
    {},
  ),
];
