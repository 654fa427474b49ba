/** Tells Stripe.js, in whose dialog this page is shown, that the customer has decided. */
parent.postMessage("authentication-finished", "*");
