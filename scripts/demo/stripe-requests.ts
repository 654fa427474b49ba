/** Requests to the Stripe emulator's own API, as the owner of an account or a payer's bank would make them. */
import { fieldOf, listOf, textOf } from "../../lib/untrusted.ts";

const AUTHORIZATION = "Bearer sk_test_local";
/** Stripe's largest page. */
const PAGE = "100";

/** Creates or changes an object, and returns its id. `stripe`: the emulator's address. Throws its response when it refuses. */
export async function createAtStripe(
  stripe: string,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<string> {
  const body = await request(stripe, path, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  const id = textOf(fieldOf(body, "id"));
  if (id === undefined) throw new Error(`POST /v1/${path} responded without an id`);
  return id;
}

/** Every object of a list, from all of its pages. */
export async function listAtStripe(
  stripe: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (;;) {
    const last = textOf(fieldOf(found.at(-1), "id"));
    const page = { ...query, limit: PAGE, ...(last === undefined ? {} : { starting_after: last }) };
    const body = await request(stripe, `${path}?${new URLSearchParams(page)}`, { method: "GET" });
    found.push(...listOf(fieldOf(body, "data")));
    if (fieldOf(body, "has_more") !== true) return found;
  }
}

async function request(stripe: string, path: string, init: RequestInit): Promise<unknown> {
  const headers = { ...init.headers, authorization: AUTHORIZATION };
  const answer = await fetch(`${stripe}/v1/${path}`, { ...init, headers }).catch((failure: unknown) => {
    const reason = failure instanceof Error ? (failure.cause ?? failure) : failure;
    throw new Error(`${init.method} /v1/${path} had no response: ${String(reason)}`, { cause: failure });
  });
  const body: unknown = await answer.json();
  if (answer.ok) return body;
  throw new Error(`${init.method} /v1/${path} responded with ${answer.status}: ${JSON.stringify(body)}`);
}
