import { Problem } from "../errors.ts";

/** The result of `send`. Throws SERVICE_UNAVAILABLE with `message` if it fails, although the service may have done the work. */
export async function orUnavailable<T>(message: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", message, { cause });
  }
}
