/**
 * How large DynamoDB counts an item. Pure. Source:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import { fieldsOf, isRecord, listOf } from "../../lib/untrusted.ts";

/** An item as it travels: `{"id": {"S": "pi_1"}}`. */
export type WireItem = Readonly<Record<string, unknown>>;

const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;

/** In bytes. */
export function itemBytes(item: WireItem): number {
  return sumOf(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));
}

function valueBytes(value: unknown): number {
  const [[type, content] = ["NULL", true]] = Object.entries(fieldsOf(value));
  switch (type) {
    case "S":
      return Buffer.byteLength(String(content));
    case "N":
      return numberBytes(String(content));
    case "B":
      return Buffer.from(String(content), "base64").length;
    case "L":
      return COLLECTION_BYTES + sumOf(listOf(content).map((element) => ELEMENT_BYTES + valueBytes(element)));
    case "M":
      return COLLECTION_BYTES + mapBytes(content);
    case "SS":
      return sumOf(listOf(content).map((element) => Buffer.byteLength(String(element))));
    default:
      return 1;
  }
}

function mapBytes(content: unknown): number {
  if (!isRecord(content)) return 0;
  const entries = Object.entries(content);
  return itemBytes(content) + entries.length * ELEMENT_BYTES;
}

/** About one byte for two significant digits, one for the exponent, and one for a sign. */
function numberBytes(text: string): number {
  const [mantissa = ""] = text.replace("-", "").toLowerCase().split("e");
  const digits = mantissa.replace(".", "").replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith("-") ? 1 : 0);
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
