/** Formats and checks card details. It touches neither the page nor the network. */

const BRANDS = [
  { name: "VISA", pattern: /^4/ },
  { name: "MASTERCARD", pattern: /^(5[1-5]|2[2-7])/ },
  { name: "AMEX", pattern: /^3[47]/, lengths: [15], groups: [4, 6, 5] },
  { name: "DISCOVER", pattern: /^(6011|65|64[4-9])/ },
];
const OTHER = { name: "", lengths: [16], groups: [4, 4, 4, 4] };

export function brandOf(digits) {
  return { ...OTHER, ...BRANDS.find(({ pattern }) => pattern.test(digits)) };
}

/** Writes a number in the groups of its brand: `4242424242424242` as `4242 4242 4242 4242`. */
export function spacedNumber(text) {
  const digits = text.replaceAll(/\D/g, "");
  const { groups, lengths } = brandOf(digits);
  let rest = digits.slice(0, Math.max(...lengths));
  const parts = [];
  for (const size of groups) {
    if (rest !== "") parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return parts.join(" ");
}

/** Writes `1234` as `12 / 34` and `4` as `04 / `. While `deleting`, no slash is added, so that it can be removed. */
export function spacedExpiry(text, deleting) {
  let digits = text.replaceAll(/\D/g, "");
  if (/^[2-9]/.test(digits) || /^\d\s*\//.test(text)) digits = `0${digits}`;
  const month = digits.slice(0, 2);
  const year = digits
    .slice(2)
    .replace(/^20(?=\d\d)/, "")
    .slice(0, 2);
  if (year !== "") return `${month} / ${year}`;
  return month.length === 2 && !deleting ? `${month} / ` : month;
}

export function expiryOf(text) {
  const [, month, year] = /^(\d\d) \/ (\d\d)$/.exec(text) ?? [];
  return month ? { month: Number(month), year: 2000 + Number(year) } : undefined;
}

/** The problem of each field that cannot be submitted: `{number?, expiry?, cvc?}`, each with Stripe.js's code and a message. */
export function problemsOf({ number, expiry, cvc }, now = new Date()) {
  const digits = number.replaceAll(/\D/g, "");
  const brand = brandOf(digits);
  const date = expiryOf(expiry);
  const problems = {};
  if (!brand.lengths.includes(digits.length)) {
    problems.number = { code: "incomplete_number", message: "Your card number is incomplete." };
  } else if (!passesLuhn(digits)) {
    problems.number = { code: "invalid_number", message: "Your card number is invalid." };
  }
  if (date === undefined) {
    problems.expiry = { code: "incomplete_expiry", message: "Your card's expiration date is incomplete." };
  } else if (date.month < 1 || date.month > 12) {
    problems.expiry = { code: "invalid_expiry_month", message: "Your card's expiration date is invalid." };
  } else if (date.year * 12 + date.month < now.getFullYear() * 12 + now.getMonth() + 1) {
    problems.expiry = {
      code: "invalid_expiry_year_past",
      message: "Your card's expiration date is in the past.",
    };
  }
  if (!(brand.name === "AMEX" ? /^\d{3,4}$/ : /^\d{3}$/).test(cvc)) {
    problems.cvc = { code: "incomplete_cvc", message: "Your card's security code is incomplete." };
  }
  return problems;
}

function passesLuhn(digits) {
  const values = [...digits].reverse().map((digit, index) => Number(digit) * ((index % 2) + 1));
  return values.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) % 10 === 0;
}
