/** The parameters that describe a payment method, in a request of its own and as `payment_method_data` of an intent. */
import { invalidRequest } from "../protocol/errors.ts";
import { address, email, metadata } from "../protocol/parameter-kinds.ts";
import {
  emptyable,
  hash,
  integer,
  notEmulated,
  oneOf,
  optional,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { incorrectNumber } from "./card-errors.ts";
import { passesLuhn } from "./test-cards.ts";

export const cardNumber = optional((value, param) => {
  const digits = string().read(value, param).replaceAll(/[\s-]/g, "");
  if (!/^\d{12,19}$/.test(digits) || !passesLuhn(digits)) throw incorrectNumber();
  return digits;
});

/** The number of a bank account, or a part of it: digits, with or without spaces. */
const digits = (minimum: number, maximum = minimum) =>
  optional((value, param) => {
    const text = string().read(value, param).replaceAll(/[\s-]/g, "");
    if (/^\d+$/.test(text) && text.length >= minimum && text.length <= maximum) return text;
    const length = minimum === maximum ? String(minimum) : `${minimum} to ${maximum}`;
    throw invalidRequest(`Must have ${length} digits and nothing else.`, undefined, param);
  });

/** An International Bank Account Number with the right check digits (ISO 13616). */
const iban = optional((value, param) => {
  const text = string().read(value, param).replaceAll(/\s/g, "").toUpperCase();
  if (/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text) && isIban(text)) return text;
  throw invalidRequest("The IBAN you provided is invalid.", "invalid_bank_account_iban", param);
});

function isIban(text: string): boolean {
  const moved = `${text.slice(4)}${text.slice(0, 4)}`;
  return BigInt([...moved].map((letter) => Number.parseInt(letter, 36)).join("")) % 97n === 1n;
}

const accountHolderType = oneOf("company", "individual");
const accountType = oneOf("checking", "savings");
const withBank = hash({ bank: string() });
const nothing = hash({});

/** The hash of each type other than `card`, by the type. */
export const detailFields = {
  acss_debit: hash({
    account_number: required(digits(7, 12)),
    institution_number: required(digits(3)),
    transit_number: required(digits(5)),
  }),
  affirm: nothing,
  afterpay_clearpay: nothing,
  alipay: nothing,
  alma: nothing,
  amazon_pay: nothing,
  au_becs_debit: hash({ account_number: required(digits(5, 9)), bsb_number: required(digits(6)) }),
  bacs_debit: hash({ account_number: required(digits(8)), sort_code: required(digits(6)) }),
  bancontact: nothing,
  blik: nothing,
  boleto: hash({ tax_id: required(string()) }),
  cashapp: nothing,
  customer_balance: nothing,
  eps: withBank,
  fpx: hash({ account_holder_type: accountHolderType, bank: required(string()) }),
  giropay: nothing,
  grabpay: nothing,
  ideal: withBank,
  klarna: hash({ dob: notEmulated() }),
  konbini: nothing,
  link: nothing,
  mobilepay: nothing,
  multibanco: nothing,
  oxxo: nothing,
  p24: withBank,
  paypal: nothing,
  pix: nothing,
  revolut_pay: nothing,
  sepa_debit: hash({ iban: required(iban) }),
  twint: nothing,
  us_bank_account: hash({
    account_holder_type: accountHolderType,
    account_number: required(digits(4, 17)),
    account_type: accountType,
    financial_connections_account: notEmulated(),
    routing_number: required(digits(9)),
  }),
  wechat_pay: nothing,
  zip: nothing,
};

export type DetailedType = keyof typeof detailFields;

export function isDetailedType(type: string): type is DetailedType {
  return Object.hasOwn(detailFields, type);
}

export const billingDetails = hash({
  address: emptyable(address()),
  email: emptyable(email()),
  name: emptyable(string()),
  phone: emptyable(string()),
  tax_id: emptyable(string()),
});

export const allowRedisplay = oneOf("always", "limited", "unspecified");

/** The types of payment methods that the emulator has. */
export const METHOD_TYPE_NAMES: readonly string[] = ["card", ...Object.keys(detailFields)];

export const methodFields = {
  type: required(oneOf(...METHOD_TYPE_NAMES)),
  card: hash({
    number: cardNumber,
    exp_month: integer(),
    exp_year: integer(),
    cvc: string(4),
    /** Takes the place of the other fields. */
    token: string(),
    networks: notEmulated(),
  }),
  ...detailFields,
  billing_details: billingDetails,
  allow_redisplay: allowRedisplay,
  metadata: metadata(),
  radar_options: notEmulated(),
};
export type MethodFields = Parsed<typeof methodFields>;
