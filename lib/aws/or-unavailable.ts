import { Problem } from "../errors.ts";

/** The names of errors that say that the request itself is wrong, such as an item that is too large. */
const WRONG_REQUEST =
  /^(?:ValidationException|SerializationException|InvalidParameter(?:Value)?(?:Exception)?)$/;

/**
 * The result of `send`. Throws SERVICE_UNAVAILABLE with `message` if it fails, although the service may have done the work;
 * INTERNAL_ERROR if the service refuses the request as wrong, because the same request can never succeed.
 */
export async function orUnavailable<T>(message: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    const isWrong = cause instanceof Error && WRONG_REQUEST.test(cause.name);
    throw new Problem(isWrong ? "INTERNAL_ERROR" : "SERVICE_UNAVAILABLE", message, { cause });
  }
}
