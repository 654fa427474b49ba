/** The card form inside the payment element, in a frame of the emulator's origin. */
import { brandOf, expiryOf, problemsOf, spacedExpiry, spacedNumber } from "./card-fields.js";
import { confirm, retrieve } from "./frame-api.js";
import { openChannel } from "./frame-channel.js";
import { translated, translationsFor } from "./translations.js";

const inputs = {
  number: document.querySelector("#number"),
  expiry: document.querySelector("#expiry"),
  cvc: document.querySelector("#cvc"),
};
const brand = document.querySelector("#brand");
let settings = {};

const host = openChannel({
  async init(given) {
    settings = given;
    speak(given.locale);
    applyAppearance(given.appearance);
    setReadOnly(given.readOnly);
    sendHeight();
    const error = given.clientSecret === undefined ? undefined : await reasonNotToConfirm(given);
    if (error) host.send("loaderror", { error });
    else host.send("ready", {});
  },
  appearance: applyAppearance,
  readOnly: setReadOnly,
  focus: () => inputs.number.focus(),
  submit: () => validate(),
  async confirm({ clientSecret, confirmParams }) {
    const { error } = validate();
    if (error) return { error };
    setDisabled(true);
    const outcome = await confirm({
      key: settings.key,
      clientSecret,
      parameters: parametersOf(confirmParams),
    });
    setDisabled(false);
    if (outcome.error?.type === "card_error") inputs.number.setAttribute("aria-invalid", "true");
    return outcome.error === undefined ? outcome : { ...outcome, error: inLanguage(outcome.error) };
  },
});

/** The error of an intent that does not exist or can no longer be confirmed. */
async function reasonNotToConfirm(given) {
  const { paymentIntent, setupIntent, error } = await retrieve(given);
  if (error) return error;
  const { object, status } = paymentIntent ?? setupIntent;
  if (!["succeeded", "canceled", "processing", "requires_capture"].includes(status)) return undefined;
  return {
    type: "invalid_request_error",
    code: `${object}_unexpected_state`,
    message: paymentIntent
      ? `This PaymentIntent is in the state ${status} and cannot be paid.`
      : `This SetupIntent is in the state ${status} and cannot be set up.`,
    [object]: paymentIntent ?? setupIntent,
  };
}

/** The parameters of the confirmation: the card, and what the host page adds. */
function parametersOf(confirmParams) {
  const { month, year } = expiryOf(inputs.expiry.value);
  const parameters = {
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": inputs.number.value.replaceAll(" ", ""),
    "payment_method_data[card][exp_month]": String(month),
    "payment_method_data[card][exp_year]": String(year),
    "payment_method_data[card][cvc]": inputs.cvc.value,
  };
  const add = (name, value) => {
    if (value === undefined || value === null) return;
    if (typeof value !== "object") parameters[name] = String(value);
    else for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner);
  };
  for (const [name, value] of Object.entries(confirmParams)) add(name, value);
  return parameters;
}

function validate() {
  const problems = problemsOf(values());
  for (const name of Object.keys(inputs)) showProblem(name, problems[name]);
  const [first] = Object.keys(inputs).filter((name) => problems[name]);
  if (first === undefined) return {};
  inputs[first].focus();
  return { error: inLanguage({ type: "validation_error", ...problems[first] }) };
}

function showProblem(name, problem) {
  inputs[name].setAttribute("aria-invalid", String(problem !== undefined));
  document.querySelector(`#${name}-error`).textContent = inLanguage(problem)?.message ?? "";
}

function values() {
  return { number: inputs.number.value, expiry: inputs.expiry.value, cvc: inputs.cvc.value };
}

function setDisabled(disabled) {
  for (const input of Object.values(inputs)) input.disabled = disabled;
}

function setReadOnly(readOnly = false) {
  for (const input of Object.values(inputs)) input.readOnly = readOnly;
}

/** Formats the text of an input and keeps the caret after the same digit. */
function tidy(input, format) {
  const digitsBefore = input.value.slice(0, input.selectionStart).replaceAll(/\D/g, "").length;
  const atEnd = input.selectionStart === input.value.length;
  input.value = format(input.value);
  let caret = 0;
  for (let seen = 0; caret < input.value.length && seen < digitsBefore; caret++) {
    if (/\d/.test(input.value[caret])) seen++;
  }
  const position = atEnd ? input.value.length : caret;
  input.setSelectionRange(position, position);
}

function changed(name) {
  showProblem(name, undefined);
  const current = values();
  host.send("change", {
    collapsed: false,
    complete: Object.keys(problemsOf(current)).length === 0,
    empty: Object.values(current).every((value) => value === ""),
    value: { type: "card" },
  });
}

inputs.number.addEventListener("input", () => {
  tidy(inputs.number, spacedNumber);
  brand.textContent = brandOf(inputs.number.value.replaceAll(" ", "")).name;
  changed("number");
});
inputs.expiry.addEventListener("input", ({ inputType }) => {
  tidy(inputs.expiry, (text) => spacedExpiry(text, inputType?.startsWith("delete")));
  changed("expiry");
});
inputs.cvc.addEventListener("input", () => {
  inputs.cvc.value = inputs.cvc.value.replaceAll(/\D/g, "");
  changed("cvc");
});
for (const [name, input] of Object.entries(inputs)) {
  input.addEventListener("blur", () => {
    if (input.value !== "") showProblem(name, problemsOf(values())[name]);
  });
}
const form = document.querySelector("#card");
form.addEventListener("submit", (event) => event.preventDefault());
// The element has the focus while one of its fields has it: moving between fields is not an event.
form.addEventListener("focusin", ({ relatedTarget }) => {
  if (!form.contains(relatedTarget)) host.send("focus", {});
});
form.addEventListener("focusout", ({ relatedTarget }) => {
  if (!form.contains(relatedTarget)) host.send("blur", {});
});

/** Applies the theme and the variables of the host page. */
function applyAppearance({ theme, variables = {} } = {}) {
  const root = document.documentElement.style;
  root.cssText = "";
  if (theme === "night") {
    root.setProperty("--colorBackground", "#30313d");
    root.setProperty("--colorText", "#ffffff");
    root.setProperty("--colorTextSecondary", "#c9cad4");
    root.setProperty("--colorBorder", "#424353");
  }
  for (const [name, value] of Object.entries(variables)) root.setProperty(`--${name}`, value);
}

function inLanguage(error) {
  return translated(error, settings.locale, navigator.languages);
}

/** Shows the labels in the language of `locale`; they are in English at first. */
function speak(locale) {
  const { language, texts } = translationsFor(locale, navigator.languages) ?? {};
  if (!texts) return;
  document.documentElement.lang = language;
  for (const name of Object.keys(inputs))
    document.querySelector(`label[for=${name}]`).textContent = texts[name];
  inputs.expiry.placeholder = texts.expiryFormat;
  document.querySelector(".note").textContent = texts.note;
}

/** The host page gives the frame the height of its content. */
function sendHeight() {
  host.send("height", Math.ceil(document.body.getBoundingClientRect().height));
}

new ResizeObserver(sendHeight).observe(document.body);
