import { StripeApiError } from "./errors.ts";

/** Runs what reports errors under other names of parameters than the caller used, and gives the errors the caller's names. */
export function withParameterNames<T>(rename: (param: string) => string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.body.param === undefined) throw error;
    const { message, param } = error.body;
    const name = rename(param);
    throw new StripeApiError(error.status, {
      ...error.body,
      message: message.replaceAll(param, name),
      param: name,
    });
  }
}

/** The name of a parameter within a hash: `items[0][price]` in `details` is `details[items][0][price]`. */
export function within(hash: string, param: string): string {
  const [head = "", ...rest] = param.split("[");
  return [`${hash}[${head}]`, ...rest].join("[");
}
