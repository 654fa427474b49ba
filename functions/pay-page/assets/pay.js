/**
 * The page in the browser: mounts Stripe's Payment Element, pays or saves the card, and shows the outcome. Plain JavaScript without a
 * framework; test/browser runs it.
 */
(() => {
  const form = document.querySelector("#pay");
  const button = form.querySelector("button");
  const loading = document.querySelector("#loading");
  const errorBox = document.querySelector("#error");
  const { clientSecret, publishableKey, locale, title, forwardSeconds } = form.dataset;
  /** In the language of the page: `busy`, `notDone`, `unknown` and `notLoaded`. */
  const texts = JSON.parse(form.dataset.texts);
  const isSetup = clientSecret.startsWith("seti_");
  const idleLabel = button.textContent;
  const POLL_DELAYS_SECONDS = [1, 2, 3, 5, 8, 13, 21, 34];

  // Back from the bank. A reload of the page must not look like a return.
  const returned = new URLSearchParams(location.search).has("returned");
  if (returned) history.replaceState(null, "", location.pathname);

  if (!window.Stripe) {
    loading.hidden = true;
    showError(texts.notLoaded);
    return;
  }
  const stripe = window.Stripe(publishableKey, { locale });
  const elements = stripe.elements({ clientSecret, appearance: appearance() });

  if (form.hidden) poll(0);
  else mount();
  document.querySelector("#other-way")?.addEventListener("click", payAnotherWay, { once: true });

  function payAnotherWay(event) {
    event.target.closest("[data-outcome]").hidden = true;
    form.hidden = false;
    document.title = title;
    document.querySelector("main").dataset.state = "payable";
    const heading = form.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
    mount();
  }

  function mount() {
    const payment = elements.create("payment", { layout: "tabs" });
    payment.on("ready", () => {
      loading.hidden = true;
      button.disabled = false;
    });
    payment.on("loaderror", async () => {
      loading.hidden = true;
      await settleFromStripe(texts.notLoaded, texts.notLoaded);
    });
    payment.on("change", clearError);
    payment.mount("#payment-element");
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      elements.update({ appearance: appearance() });
    });
    form.addEventListener("submit", confirm);
    if (returned) settleFromStripe(undefined, texts.unknown);
  }

  async function confirm(event) {
    event.preventDefault();
    if (button.disabled) return;
    clearError();
    setBusy(true);
    try {
      const confirmation = {
        elements,
        confirmParams: { return_url: location.origin + location.pathname },
        redirect: "if_required",
      };
      const { paymentIntent, setupIntent, error } = isSetup
        ? await stripe.confirmSetup(confirmation)
        : await stripe.confirmPayment(confirmation);
      const intent = paymentIntent ?? setupIntent;
      if (intent) settle(intent);
      else if (isForThePayer(error)) showError(error.message);
      else await settleFromStripe(texts.notDone, texts.unknown);
    } catch {
      await settleFromStripe(texts.notDone, texts.unknown);
    }
    setBusy(false);
  }

  /**
   * Whether the message is written for payers and the outcome is certain. Other messages can contain technical terms.
   */
  function isForThePayer({ type, code }) {
    const isFailedAuthentication = /^(payment|setup)_intent_authentication_failure$/.test(code);
    return type === "card_error" || type === "validation_error" || isFailedAuthentication;
  }

  /** Asks Stripe for the intent's status and shows it. */
  async function settleFromStripe(whenUnfinished, whenUnreachable) {
    const intent = await retrieve();
    if (intent) settle(intent, whenUnfinished);
    else showError(whenUnreachable);
  }

  async function retrieve() {
    try {
      return isSetup
        ? (await stripe.retrieveSetupIntent(clientSecret)).setupIntent
        : (await stripe.retrievePaymentIntent(clientSecret)).paymentIntent;
    } catch {
      return undefined;
    }
  }

  function settle(intent, whenUnfinished) {
    switch (intent.status) {
      case "succeeded":
      case "requires_capture":
        show("paid");
        break;
      case "canceled":
        show("canceled");
        break;
      case "processing":
        show("processing");
        poll(0);
        break;
      case "requires_action":
        // The page says what the payment waits for, such as a voucher.
        if (waitsElsewhere(intent)) return location.reload();
        showError(whenUnfinished ?? texts.notDone);
        break;
      default:
        showError(whenUnfinished ?? messageOf(intent) ?? texts.notDone);
    }
  }

  /** Why the intent has failed, in the only language in which Stripe's API says it. */
  function messageOf({ last_payment_error: paymentError, last_setup_error: setupError }) {
    return document.documentElement.lang === "en" ? (paymentError ?? setupError)?.message : undefined;
  }

  function waitsElsewhere({ next_action: action }) {
    return Boolean(action) && action.type !== "use_stripe_sdk";
  }

  function poll(attempt) {
    const delay = POLL_DELAYS_SECONDS[attempt];
    if (delay === undefined) return;
    setTimeout(async () => {
      // The payer has chosen to pay another way.
      if (!form.hidden) return;
      const intent = await retrieve();
      const { state } = document.querySelector("main").dataset;
      if (["succeeded", "requires_capture", "canceled"].includes(intent?.status)) settle(intent);
      else if (intent?.status === "processing" && state !== "processing") settle(intent);
      // The bank has refused, or the time has passed: reloading shows the form again.
      else if (intent?.status === "requires_payment_method") location.reload();
      else poll(attempt + 1);
    }, delay * 1000);
  }

  function show(outcome) {
    form.hidden = true;
    for (const section of document.querySelectorAll("[data-outcome]")) {
      section.hidden = section.dataset.outcome !== outcome;
      if (section.hidden) continue;
      document.title = section.dataset.title;
      document.querySelector("main").dataset.state = outcome;
      section.querySelector("h1").focus();
      if (outcome === "paid") finish(section);
    }
  }

  /** The payer has finished: the amount was paid, and the application's page is next, if there is one. */
  function finish(section) {
    const label = document.querySelector(".label");
    if (label) label.textContent = label.dataset.paid;
    const link = section.querySelector(".return");
    if (!link) return;
    section.querySelector(".forwarding").hidden = false;
    setTimeout(() => link.click(), Number(forwardSeconds) * 1000);
  }

  function setBusy(busy) {
    button.disabled = busy;
    button.setAttribute("aria-busy", String(busy));
    button.textContent = busy ? texts.busy : idleLabel;
  }

  function showError(message) {
    errorBox.textContent = message;
    errorBox.scrollIntoView({ block: "nearest" });
  }

  function clearError() {
    errorBox.textContent = "";
  }

  /** The page's own colours and shapes, for Stripe's frame. */
  function appearance() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
      variables: {
        colorPrimary: colour("--accent"),
        colorBackground: colour("--field"),
        colorText: colour("--text"),
        colorTextSecondary: colour("--muted"),
        colorDanger: colour("--danger"),
        fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
        fontSizeBase: "16px",
        borderRadius: "8px",
      },
    };
  }
})();
