/** The kinds of parameters that several resources share. */
import Stripe from "stripe";
import { isPresentmentCurrency } from "./currencies.ts";
import { invalidRequest } from "./errors.ts";
import { emptyable, hash, integer, type Kind, optional, type Parsed, string } from "./parameters.ts";

export function currency(): Kind<string> {
  return optional((value, param) => {
    const code = string().read(value, param).toLowerCase();
    if (isPresentmentCurrency(code)) return code;
    throw invalidRequest(
      `Invalid currency: ${code}. Use a lower-case ISO 4217 code such as usd.`,
      undefined,
      param,
    );
  });
}

/** A number with decimals, such as a percentage. */
export function decimalNumber(minimum: number, maximum: number): Kind<number> {
  return optional((value, param) => {
    const number =
      typeof value === "string" && /^-?\d{1,12}(\.\d{1,12})?$/.test(value) ? Number(value) : undefined;
    if (number === undefined) throw invalidRequest("Invalid decimal", "parameter_invalid_integer", param);
    if (number < minimum || number > maximum) {
      throw invalidRequest(`This value must be between ${minimum} and ${maximum}.`, undefined, param);
    }
    return number;
  });
}

/** An exact decimal of the smallest unit with up to 12 decimals, such as `unit_amount_decimal`. */
export function decimal(): Kind<Stripe.Decimal> {
  return optional((value, param) => {
    if (typeof value === "string" && /^-?\d{1,15}(\.\d{1,12})?$/.test(value))
      return Stripe.Decimal.from(value);
    throw invalidRequest("Invalid decimal: at most 12 decimal places.", "parameter_invalid_integer", param);
  });
}

/** A time in unix seconds. */
export function timestamp(): Kind<number> {
  return integer(0, 99_999_999_999);
}

/** One text with a meaning of its own, or a value of another kind: `now` or a timestamp, for example. */
export function wordOr<const W extends string, T>(words: readonly W[], kind: Kind<T>): Kind<W | T> {
  return optional((value, param) => words.find((word) => word === value) ?? kind.read(value, param));
}

/** A hash with keys that the caller chooses, such as currencies. */
export function record<T>(kind: Kind<T, boolean>): Kind<Record<string, T>> {
  return optional((value, param) => {
    if (typeof value === "string") throw invalidRequest("Invalid object", undefined, param);
    return Object.fromEntries([...value].map(([key, item]) => [key, kind.read(item, `${param}[${key}]`)]));
  });
}

export function email(): Kind<string> {
  return optional((value, param) => {
    const address = string(512).read(value, param);
    if (/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(address)) return address;
    throw invalidRequest(`Invalid email address: ${address}`, "email_invalid", param);
  });
}

export function url(): Kind<string> {
  return optional((value, param) => {
    const text = string().read(value, param);
    const scheme = URL.canParse(text) ? new URL(text).protocol : "";
    if (scheme === "http:" || scheme === "https:") return text;
    throw invalidRequest(
      "Not a valid URL: an absolute http or https address is needed.",
      "url_invalid",
      param,
    );
  });
}

/** `null` unsets all keys; an empty value unsets one. https://docs.stripe.com/api/metadata */
export type MetadataChange = Record<string, string> | null;

export function metadata(): Kind<MetadataChange> {
  return optional((value, param) => {
    if (value === "") return null;
    if (typeof value === "string") throw invalidRequest("Invalid object", undefined, param);
    if (value.size > 50) throw invalidRequest("Metadata can have up to 50 keys.", undefined, param);
    const entries = [...value].map(([key, text]): [string, string] => {
      const name = `${param}[${key}]`;
      if (key.length > 40)
        throw invalidRequest("Metadata keys can be up to 40 characters long.", undefined, name);
      if (typeof text !== "string") throw invalidRequest("Metadata values must be strings.", undefined, name);
      if (text.length > 500)
        throw invalidRequest("Metadata values can be up to 500 characters long.", undefined, name);
      return [key, text];
    });
    return Object.fromEntries(entries);
  });
}

/** The metadata of an object after a change. */
export function changedMetadata(
  current: Record<string, string>,
  change: MetadataChange | undefined,
): Record<string, string> {
  if (change === undefined) return current;
  if (change === null) return {};
  return Object.fromEntries(Object.entries({ ...current, ...change }).filter(([, value]) => value !== ""));
}

/** The parameters of every list. */
export const pageParameters = {
  limit: integer(1, 100),
  starting_after: string(),
  ending_before: string(),
};
export type PageParameters = Parsed<typeof pageParameters>;

const bounds = { gt: integer(), gte: integer(), lt: integer(), lte: integer() };
export type Range = Parsed<typeof bounds>;

/** A filter on a timestamp: a number of unix seconds, or a hash of gt, gte, lt, lte. */
export function range(): Kind<Range> {
  return optional((value, param) => {
    if (typeof value !== "string") return hash(bounds).read(value, param);
    const exactly = integer().read(value, param);
    return { gte: exactly, lte: exactly };
  });
}

const addressFields = {
  city: emptyable(string()),
  country: emptyable(string(2)),
  line1: emptyable(string()),
  line2: emptyable(string()),
  postal_code: emptyable(string()),
  state: emptyable(string()),
};
export type AddressParameters = Parsed<typeof addressFields>;

export const address = () => hash(addressFields);

/** An address with all of its fields: those that were not given are null. */
export function completeAddress(given: AddressParameters) {
  return { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...given };
}

const shippingFields = {
  address: address(),
  name: string(),
  carrier: emptyable(string()),
  phone: emptyable(string()),
  tracking_number: emptyable(string()),
};

export const shipping = () => hash(shippingFields);

/** A shipping hash with all of its fields and a complete address. */
export function completeShipping(given: Parsed<typeof shippingFields>) {
  const { address: place, ...rest } = given;
  return {
    carrier: null,
    phone: null,
    tracking_number: null,
    ...rest,
    address: completeAddress(place ?? {}),
  };
}
