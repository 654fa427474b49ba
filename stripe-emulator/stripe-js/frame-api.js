/** Calls the emulator's API from a frame, with the publishable key. Both functions resolve to `{paymentIntent}` or `{error}`. */

export function retrieve({ key, clientSecret }) {
  const query = new URLSearchParams({ client_secret: clientSecret ?? "" });
  return call(key, "GET", `/v1/payment_intents/${idOf(clientSecret)}?${query}`);
}

export function confirm({ key, clientSecret, parameters }) {
  const body = new URLSearchParams(parameters);
  body.set("client_secret", clientSecret ?? "");
  return call(key, "POST", `/v1/payment_intents/${idOf(clientSecret)}/confirm`, body);
}

/** A client secret starts with the id of its intent. */
function idOf(clientSecret) {
  return encodeURIComponent(String(clientSecret).split("_secret_")[0]);
}

async function call(key, method, path, form) {
  try {
    const response = await fetch(path, { method, body: form, headers: { authorization: `Bearer ${key}` } });
    const body = await response.json();
    return response.ok ? { paymentIntent: body } : { error: body.error };
  } catch {
    const message =
      "We are experiencing issues connecting to our payments provider. Please check your connection and try again.";
    return { error: { type: "api_connection_error", message } };
  }
}
