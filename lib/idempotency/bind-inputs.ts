/** Binds an Idempotency-Key to inputs before any call with it runs: a call that waits has no claim. */
import { getItem, putItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { answerTtlSeconds, hasSameInputs, usedWithOtherInputs } from "./claims.ts";

const IS_NEW = "attribute_not_exists(id)";
const IS_OVER = "expiresAt <= :nowSeconds";

export interface BindRequest {
  /** From `scopedKey`. */
  readonly id: string;
  /** From `inputsDigests`: the first is stored. */
  readonly inputsDigests: readonly string[];
  readonly now: Date;
}

/**
 * From now on, for as long as the key lives, other inputs are refused here. Throws VALIDATION_FAILED if the key was used or bound
 * with other inputs, and SERVICE_UNAVAILABLE.
 */
export async function bindInputs({ id, inputsDigests, now }: BindRequest): Promise<void> {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const table = env("IDEMPOTENCY_KEYS_TABLE");
  const { inputsDigest = inputsDigests[0], expiresAt } = (await getItem(table, { id })) ?? {};
  const isLive = Number(expiresAt) > nowSeconds;
  if (isLive && !inputsDigests.includes(String(inputsDigest))) throw usedWithOtherInputs();
  const sameInputs = hasSameInputs(inputsDigests);
  const isBound = await putItem(
    table,
    { id: `inputs#${id}`, inputsDigest: inputsDigests[0], expiresAt: nowSeconds + answerTtlSeconds() },
    {
      expression: `${IS_NEW} OR ${IS_OVER} OR ${sameInputs.expression}`,
      values: { ...sameInputs.values, ":nowSeconds": nowSeconds },
    },
  );
  if (!isBound) throw usedWithOtherInputs();
}
