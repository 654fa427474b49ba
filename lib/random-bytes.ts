/** Random bytes from a supply: Node takes as long for 12 bytes as for a thousand. */
import { randomBytes } from "node:crypto";

const SUPPLY_BYTES = 1024;

let supply: Buffer = Buffer.alloc(0);

/** `size` bytes of Node's secure generator, which no other caller gets. `size`: at most 1,024. */
export function nextRandomBytes(size: number): Buffer {
  if (supply.length < size) supply = randomBytes(SUPPLY_BYTES);
  const bytes = supply.subarray(0, size);
  supply = supply.subarray(size);
  return bytes;
}
