import { Problem } from "../errors.ts";

/** What `send` returns. Throws SERVICE_UNAVAILABLE with `message` when it fails, whatever the service may have done by then. */
export async function orUnavailable<T>(message: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", message, { cause });
  }
}
