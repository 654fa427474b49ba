/**
 * The page in the browser: mounts Stripe's Payment Element, pays, and shows the outcome. Plain JavaScript without a
 * framework; test/browser runs it.
 */
(() => {
  const form = document.querySelector("#pay");
  const button = form.querySelector("button");
  const loading = document.querySelector("#loading");
  const errorBox = document.querySelector("#error");
  const { clientSecret, publishableKey } = form.dataset;
  const payLabel = button.textContent;
  const POLL_DELAYS_SECONDS = [1, 2, 3, 5, 8, 13, 21, 34];
  const NOT_LOADED =
    "The secure card form could not be loaded. Please check your connection, allow this page in your content blocker, and reload.";
  const NOT_PAID = "The payment was not completed and you have not been charged. Please try again.";
  const UNKNOWN =
    "The connection was lost, so we cannot tell whether the payment went through. Please reload this page before you try again.";

  // Back from the bank: the address contains the client secret, which must not stay in the browser's history.
  const returned = new URLSearchParams(location.search).has("payment_intent_client_secret");
  if (returned) history.replaceState(null, "", location.pathname);

  if (!window.Stripe) {
    loading.hidden = true;
    showError(NOT_LOADED);
    return;
  }
  const stripe = window.Stripe(publishableKey);
  const elements = stripe.elements({ clientSecret, appearance: appearance() });

  if (form.hidden) poll(0);
  else mount();
  document.querySelector("#other-way")?.addEventListener("click", payAnotherWay, { once: true });

  function payAnotherWay(event) {
    event.target.closest("[data-outcome]").hidden = true;
    form.hidden = false;
    document.title = "Secure payment";
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
      await settleFromStripe(NOT_LOADED, NOT_LOADED);
    });
    payment.on("change", clearError);
    payment.mount("#payment-element");
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      elements.update({ appearance: appearance() });
    });
    form.addEventListener("submit", pay);
    if (returned) settleFromStripe(undefined, UNKNOWN);
  }

  async function pay(event) {
    event.preventDefault();
    if (button.disabled) return;
    clearError();
    setBusy(true);
    try {
      const { paymentIntent, error } = await stripe.confirmPayment({
        elements,
        confirmParams: { return_url: location.origin + location.pathname },
        redirect: "if_required",
      });
      if (paymentIntent) settle(paymentIntent);
      else if (isForThePayer(error)) showError(error.message);
      else await settleFromStripe(NOT_PAID, UNKNOWN);
    } catch {
      await settleFromStripe(NOT_PAID, UNKNOWN);
    }
    setBusy(false);
  }

  /**
   * Whether the message is written for payers and the outcome is certain. Other messages can contain technical terms.
   */
  function isForThePayer({ type, code }) {
    return (
      type === "card_error" || type === "validation_error" || code === "payment_intent_authentication_failure"
    );
  }

  /** Asks Stripe for the payment's status and shows it. */
  async function settleFromStripe(whenUnpaid, whenUnreachable) {
    const intent = await retrieve();
    if (intent) settle(intent, whenUnpaid);
    else showError(whenUnreachable);
  }

  async function retrieve() {
    try {
      return (await stripe.retrievePaymentIntent(clientSecret)).paymentIntent;
    } catch {
      return undefined;
    }
  }

  function settle(intent, whenUnpaid) {
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
        showError(whenUnpaid ?? NOT_PAID);
        break;
      default:
        showError(whenUnpaid ?? intent.last_payment_error?.message ?? NOT_PAID);
    }
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
    }
  }

  function setBusy(busy) {
    button.disabled = busy;
    button.setAttribute("aria-busy", String(busy));
    button.textContent = busy ? "Paying…" : payLabel;
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
