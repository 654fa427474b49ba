/**
 * Calls the emulator's API from a frame, with the publishable key. Both functions resolve to `{paymentIntent}`,
 * `{setupIntent}` or `{error}`: the client secret says which kind of intent it belongs to.
 */

export function retrieve({ key, clientSecret }) {
  const query = new URLSearchParams({ client_secret: clientSecret ?? "" });
  return call(key, "GET", clientSecret, `?${query}`);
}

export function confirm({ key, clientSecret, parameters }) {
  const body = new URLSearchParams(parameters);
  body.set("client_secret", clientSecret ?? "");
  return call(key, "POST", clientSecret, "/confirm", body);
}

async function call(key, method, clientSecret, rest, form) {
  // A client secret starts with the id of its intent.
  const [id] = String(clientSecret).split("_secret_");
  const isSetup = id.startsWith("seti_");
  const path = `/v1/${isSetup ? "setup_intents" : "payment_intents"}/${encodeURIComponent(id)}${rest}`;
  try {
    const response = await fetch(path, { method, body: form, headers: { authorization: `Bearer ${key}` } });
    const body = await response.json();
    if (!response.ok) return { error: body.error };
    return isSetup ? { setupIntent: body } : { paymentIntent: body };
  } catch {
    const message =
      "We are experiencing issues connecting to our payments provider. Please check your connection and try again.";
    return { error: { type: "api_connection_error", message } };
  }
}
