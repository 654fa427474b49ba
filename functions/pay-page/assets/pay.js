/* The pay page in the browser: mounts Stripe's Payment Element, pays, and says what came of it. */
(() => {
  const form = document.querySelector("form[data-client-secret]");
  if (form === null) return;
  const { clientSecret, publishableKey } = form.dataset;
  const button = form.querySelector("button");
  const problem = document.querySelector(".problem");
  const done = document.querySelector("#done");
  const idleLabel = button.textContent;

  const busy = (isBusy) => {
    button.disabled = isBusy;
    button.textContent = isBusy ? "Paying …" : idleLabel;
    form.setAttribute("aria-busy", String(isBusy));
  };

  const showStatus = (intent) => {
    if (intent === undefined) return;
    if (intent.status === "succeeded" || intent.status === "requires_capture")
      finish("Payment received. Thank you!");
    else if (intent.status === "processing")
      finish("Your payment is being processed. You may close this page.");
    else if (intent.last_payment_error) problem.textContent = intent.last_payment_error.message;
  };

  const finish = (text) => {
    form.hidden = true;
    problem.textContent = "";
    done.textContent = text;
    done.hidden = false;
    done.focus();
  };

  if (typeof window.Stripe !== "function") {
    problem.textContent = "The payment form could not be loaded. Check your connection and reload this page.";
    return;
  }

  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const stripe = window.Stripe(publishableKey);
  const elements = stripe.elements({
    clientSecret,
    appearance: {
      theme: dark ? "night" : "stripe",
      variables: {
        colorPrimary: color("--accent"),
        colorBackground: color("--card"),
        colorText: color("--text"),
        borderRadius: "10px",
      },
    },
  });
  const element = elements.create("payment");
  element.on("ready", () => busy(false));
  element.on("loaderror", () => {
    problem.textContent = "The payment form could not be loaded. Reload this page.";
  });
  element.mount("#payment-element");

  // Back from the bank's page: the outcome is at Stripe.
  if (new URLSearchParams(location.search).has("payment_intent_client_secret")) {
    history.replaceState(null, "", location.pathname);
    stripe.retrievePaymentIntent(clientSecret).then(({ paymentIntent }) => showStatus(paymentIntent));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    busy(true);
    try {
      const { error, paymentIntent } = await stripe.confirmPayment({
        elements,
        confirmParams: { return_url: location.origin + location.pathname },
        redirect: "if_required",
      });
      if (error !== undefined)
        problem.textContent = error.message ?? "The payment did not go through. Try again.";
      else showStatus(paymentIntent);
    } catch {
      problem.textContent = "The connection was lost. Try again: you will not be charged twice.";
    }
    busy(false);
  });
})();
