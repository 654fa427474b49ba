/**
 * A stand-in for Stripe.js (https://docs.stripe.com/js) that pays against the local emulator. It defines `window.Stripe`
 * and, like the original, keeps the card in an iframe: the host page never sees a number. It works under a strict
 * Content-Security-Policy, because it sets styles through the CSSOM only; `script-src` and `frame-src` must allow this
 * script's origin.
 */
(() => {
  const origin = new URL(document.currentScript.src).origin;

  /** An iframe of the emulator and a channel to it, for requests with results and for events. */
  class Frame {
    #port;
    #nextId = 1;
    #waiting = new Map();
    #onEvent;

    constructor(path, title, onEvent) {
      this.#onEvent = onEvent;
      this.element = document.createElement("iframe");
      this.element.title = title;
      this.element.src = `${origin}/_emulator/elements/${path}`;
      this.element.allow = "payment *";
      style(this.element, {
        border: "0",
        display: "block",
        // The frame has 4 px around its content for the focus ring; the fields line up with those of the page.
        width: "calc(100% + 8px)",
        margin: "-4px",
        height: "0",
        // Equal to that of the frame. Otherwise the frame gets an opaque background, and "normal" follows the host page.
        colorScheme: "light only",
      });
      this.loaded = new Promise((resolve) => {
        this.element.addEventListener("load", () => resolve(this.#connect()), { once: true });
      });
    }

    #connect() {
      const channel = new MessageChannel();
      this.#port = channel.port1;
      this.#port.onmessage = ({ data }) => {
        if (data.event !== undefined) {
          this.#onEvent(data.event, data.payload);
          return;
        }
        this.#waiting.get(data.id)?.(data.result);
        this.#waiting.delete(data.id);
      };
      this.element.contentWindow.postMessage("connect", origin, [channel.port2]);
    }

    async request(method, payload) {
      await this.loaded;
      const id = this.#nextId++;
      return new Promise((resolve) => {
        this.#waiting.set(id, resolve);
        this.#port.postMessage({ id, method, payload });
      });
    }
  }

  class Emitter {
    #listeners = new Map();

    on(event, listener) {
      this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
      return this;
    }

    off(event, listener) {
      const others = (this.#listeners.get(event) ?? []).filter((other) => listener && other !== listener);
      this.#listeners.set(event, others);
      return this;
    }

    emit(event, payload) {
      for (const listener of this.#listeners.get(event) ?? []) listener(payload);
    }
  }

  class PaymentElement extends Emitter {
    #settings;

    constructor(settings) {
      super();
      this.#settings = settings;
    }

    mount(target) {
      const host = typeof target === "string" ? document.querySelector(target) : target;
      if (!(host instanceof HTMLElement)) throw integrationError(`No element to mount on: ${target}`);
      this.unmount();
      this.frame = new Frame("payment-frame", "Secure payment input frame", (event, payload) => {
        if (event === "height") style(this.frame.element, { height: `${payload}px` });
        else this.emit(event, { elementType: "payment", ...payload });
      });
      host.replaceChildren(this.frame.element);
      this.frame.request("init", this.#settings);
    }

    unmount() {
      this.frame?.element.remove();
      this.frame = undefined;
    }

    /** Of the options of Stripe.js, this form has `readOnly`. */
    update({ readOnly = this.#settings.readOnly }) {
      this.#settings.readOnly = readOnly;
      this.frame?.request("readOnly", readOnly);
    }

    destroy = () => this.unmount();

    focus = () => this.frame?.request("focus");
  }

  function createElements(key, locale, options) {
    const { clientSecret, appearance } = options;
    const settings = { key, clientSecret, appearance, locale: options.locale ?? locale };
    let payment;
    return {
      clientSecret: options.clientSecret,
      create(type, { readOnly = false } = {}) {
        if (type !== "payment") throw integrationError("This stand-in has only the payment element.");
        if (payment) throw integrationError("Can only create one Element of type payment.");
        payment = new PaymentElement(Object.assign(settings, { readOnly }));
        return payment;
      },
      getElement: () => payment ?? null,
      update(changes) {
        settings.appearance = changes.appearance ?? settings.appearance;
        payment?.frame?.request("appearance", settings.appearance);
      },
      submit: async () => (payment?.frame ? payment.frame.request("submit") : notMounted()),
    };
  }

  /** `locale` is the language of the form and of messages; `auto` is the browser's. */
  function Stripe(key, { locale = "auto" } = {}) {
    if (typeof key !== "string" || !key.startsWith("pk_")) {
      throw integrationError(
        "Please call Stripe() with your publishable key. You used an empty string or a secret key.",
      );
    }
    let controller;
    const api = (method, payload) => {
      if (!controller) {
        controller = new Frame("controller-frame", "Stripe controller", () => {});
        style(controller.element, { display: "none" });
        controller.element.ariaHidden = "true";
        document.body.append(controller.element);
      }
      return controller.request(method, { key, ...payload });
    };

    /** Lets the customer authenticate in a dialog. Resolves to the intent as it is afterwards, or to its error. */
    async function authenticate(confirmed) {
      const intent = intentOf(confirmed);
      const url = intent.next_action?.redirect_to_url?.url;
      if (intent.status !== "requires_action" || !url) return confirmed;
      await showAuthentication(`${url}?embedded=1`);
      const outcome = await api("retrieve", { clientSecret: intent.client_secret });
      const after = intentOf(outcome);
      const failure = after?.last_payment_error ?? after?.last_setup_error;
      if (after?.status !== "requires_payment_method" || !failure) return outcome;
      const error = await api("translate", { error: failure, locale });
      return { error: { ...error, [after.object]: after } };
    }

    /** What confirmPayment and confirmSetup have in common: the client secret says which kind of intent is confirmed. */
    async function confirm({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const secret = clientSecret ?? elements?.clientSecret;
      const frame = elements?.getElement()?.frame;
      if (!frame) return notMounted();
      const confirmed = await frame.request("confirm", { clientSecret: secret, confirmParams });
      const outcome = confirmed.error ? confirmed : await authenticate(confirmed);
      if (outcome.error || redirect === "if_required") return outcome;
      location.assign(returnAddress(confirmParams.return_url, intentOf(outcome)));
      return new Promise(() => {});
    }

    /** Throws when the client secret belongs to an intent of the other kind. */
    function assertKind(method, secret, isSetup) {
      const prefix = isSetup ? "pi_" : "seti_";
      if (!String(secret).startsWith(prefix)) return;
      throw integrationError(
        `stripe.${method}(): expected the client secret of a ${isSetup ? "SetupIntent" : "PaymentIntent"}, got one that starts with ${prefix}.`,
      );
    }
    const confirming = (method, isSetup) => async (options) => {
      assertKind(method, options.clientSecret ?? options.elements?.clientSecret, isSetup);
      return confirm(options);
    };
    const retrieving = (method, isSetup) => async (clientSecret) => {
      assertKind(method, clientSecret, isSetup);
      return api("retrieve", { clientSecret });
    };

    return {
      elements: (options = {}) => createElements(key, locale, options),
      confirmPayment: confirming("confirmPayment", false),
      confirmSetup: confirming("confirmSetup", true),
      retrievePaymentIntent: retrieving("retrievePaymentIntent", false),
      retrieveSetupIntent: retrieving("retrieveSetupIntent", true),
      async handleNextAction({ clientSecret }) {
        const found = await api("retrieve", { clientSecret });
        return found.error ? found : authenticate(found);
      },
    };
  }

  function intentOf({ paymentIntent, setupIntent }) {
    return paymentIntent ?? setupIntent;
  }

  /** Opens the emulator's 3D Secure page over the page. Resolves when the customer has decided. */
  function showAuthentication(url) {
    const overlay = document.createElement("div");
    overlay.role = "dialog";
    overlay.ariaModal = "true";
    overlay.ariaLabel = "Authenticate your payment";
    style(overlay, {
      position: "fixed",
      inset: "0",
      zIndex: "2147483647",
      display: "grid",
      placeItems: "center",
      background: "rgba(15, 23, 42, 0.55)",
    });
    const frame = document.createElement("iframe");
    frame.title = "3D Secure authentication";
    frame.src = url;
    style(frame, {
      width: "min(400px, calc(100vw - 32px))",
      height: "min(420px, calc(100vh - 32px))",
      border: "0",
      borderRadius: "12px",
      background: "#fff",
      boxShadow: "0 24px 64px rgba(15, 23, 42, 0.35)",
      colorScheme: "light only",
    });
    overlay.append(frame);
    document.body.append(overlay);
    frame.focus();
    return new Promise((resolve) => {
      const onMessage = (message) => {
        if (message.origin !== origin || message.source !== frame.contentWindow) return;
        if (message.data !== "authentication-finished") return;
        removeEventListener("message", onMessage);
        overlay.remove();
        resolve();
      };
      addEventListener("message", onMessage);
    });
  }

  function returnAddress(address, intent) {
    const url = new URL(address, location.href);
    url.searchParams.set(intent.object, intent.id);
    url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret);
    url.searchParams.set("redirect_status", intent.status === "succeeded" ? "succeeded" : "pending");
    return url;
  }

  function notMounted() {
    return { error: integrationError("Create and mount the payment element before you submit or confirm.") };
  }

  function integrationError(message) {
    return Object.assign(new Error(message), { name: "IntegrationError" });
  }

  function style(element, properties) {
    Object.assign(element.style, properties);
  }

  window.Stripe = Stripe;
})();
