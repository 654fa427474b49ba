/** Calls the emulator's API from a frame, with the publishable key. Answers `{paymentIntent}` or `{error}`. */

export function retrieve({ key, clientSecret }) {
  const query = new URLSearchParams({ client_secret: clientSecret ?? "" });
  return call(key, "GET", `/v1/payment_intents/${idOf(clientSecret)}?${query}`);
}

export function confirm({ key, clientSecret, parameters }) {
  const body = new URLSearchParams(parameters);
  body.set("client_secret", clientSecret ?? "");
  return call(key, "POST", `/v1/payment_intents/${idOf(clientSecret)}/confirm`, body);
}

/** A client secret begins with its intent's id. */
function idOf(clientSecret) {
  return encodeURIComponent(String(clientSecret).split("_secret_")[0]);
}

async function call(key, method, path, body) {
  try {
    const response = await fetch(path, { method, body, headers: { authorization: `Bearer ${key}` } });
    const answer = await response.json();
    return response.ok ? { paymentIntent: answer } : { error: answer.error };
  } catch {
    const message =
      "We are experiencing issues connecting to our payments provider. Please check your connection and try again.";
    return { error: { type: "api_connection_error", message } };
  }
}
