/** Evaluates parsed expressions on an item, as DynamoDB does. Pure: an update returns a new item. */
import { isDeepStrictEqual } from "node:util";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Condition, Operand, Path, Update } from "./expression.ts";

export type Item = Readonly<Record<string, AttributeValue>>;
export type Values = Readonly<Record<string, AttributeValue>>;

/** DynamoDB refuses the request: nothing was written. */
export class ValidationException extends Error {
  override name = "ValidationException";
}

export function holds(condition: Condition, item: Item, values: Values): boolean {
  const of = (operand: Operand) => operandIn(operand, item, values);
  switch (condition.kind) {
    case "and":
      return holds(condition.left, item, values) && holds(condition.right, item, values);
    case "or":
      return holds(condition.left, item, values) || holds(condition.right, item, values);
    case "not":
      return !holds(condition.of, item, values);
    case "compare":
      return compares(condition.operator, of(condition.left), of(condition.right));
    case "in":
      return condition.right.some((candidate) => compares("=", of(condition.left), of(candidate)));
    case "between":
      return (
        compares(">=", of(condition.left), of(condition.low)) &&
        compares("<=", of(condition.left), of(condition.high))
      );
    case "call":
      return calls(condition.name, at(item, condition.path), condition.argument && of(condition.argument));
  }
}

function operandIn(operand: Operand, item: Item, values: Values): AttributeValue | undefined {
  if (operand.kind === "path") return at(item, operand.path);
  if (operand.kind === "if_not_exists")
    return at(item, operand.path) ?? operandIn(operand.otherwise, item, values);
  const value = values[operand.name];
  if (value === undefined) throw new ValidationException(`${operand.name} is not defined`);
  return value;
}

function at(item: Item, [first = "", ...rest]: Path): AttributeValue | undefined {
  let value = Object.hasOwn(item, first) ? item[first] : undefined;
  for (const name of rest)
    value = value?.M !== undefined && Object.hasOwn(value.M, name) ? value.M[name] : undefined;
  return value;
}

function compares(
  operator: string,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (operator === "=") return left !== undefined && right !== undefined && equal(left, right);
  if (operator === "<>") return left === undefined || right === undefined || !equal(left, right);
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

function equal(left: AttributeValue, right: AttributeValue): boolean {
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) === Number(right.N);
  if (left.SS !== undefined && right.SS !== undefined)
    return isDeepStrictEqual(left.SS.toSorted(), right.SS.toSorted());
  return isDeepStrictEqual(left, right);
}

/** Of two numbers or two texts; undefined if they cannot be compared. */
export function orderOf(
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): number | undefined {
  if (left?.N !== undefined && right?.N !== undefined) return Number(left.N) - Number(right.N);
  if (left?.S !== undefined && right?.S !== undefined)
    return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  return undefined;
}

function calls(
  name: string,
  value: AttributeValue | undefined,
  argument: AttributeValue | undefined,
): boolean {
  switch (name) {
    case "attribute_exists":
      return value !== undefined;
    case "attribute_not_exists":
      return value === undefined;
    case "begins_with":
      return value?.S !== undefined && argument?.S !== undefined && value.S.startsWith(argument.S);
    default: {
      if (value === undefined || argument === undefined) return false;
      if (argument.S !== undefined && value.S !== undefined) return value.S.includes(argument.S);
      if (argument.S !== undefined && value.SS !== undefined) return value.SS.includes(argument.S);
      return value.L?.some((element) => equal(element, argument)) ?? false;
    }
  }
}

export interface Updated {
  readonly item: Item;
  /** The attributes that the update has set, as in `UPDATED_NEW`. */
  readonly changed: Item;
}

export function updated(before: Item, update: Update, values: Values): Updated {
  const item: Record<string, AttributeValue> = { ...before };
  const paths: Path[] = [];
  for (const { path, value } of update.set) {
    const given = operandIn(value, before, values);
    if (given === undefined)
      throw new ValidationException("The expression refers to an attribute that does not exist");
    put(item, path, given);
    paths.push(path);
  }
  for (const { path, value } of update.add) {
    put(item, path, sum(at(before, path), operandIn(value, before, values)));
    paths.push(path);
  }
  for (const { path, value } of update.delete) {
    const left = difference(at(before, path), operandIn(value, before, values));
    if (left === undefined) remove(item, path);
    else put(item, path, left);
    paths.push(path);
  }
  for (const path of update.remove) remove(item, path);
  const changed: Record<string, AttributeValue> = {};
  for (const path of paths) {
    const value = at(item, path);
    if (value !== undefined) nest(changed, path, value);
  }
  return { item, changed };
}

function put(item: Record<string, AttributeValue>, path: Path, value: AttributeValue): void {
  const fields = parentOf(item, path);
  if (fields === undefined)
    throw new ValidationException(
      "The document path provided in the update expression is invalid for update",
    );
  fields[path.at(-1) ?? ""] = value;
}

function remove(item: Record<string, AttributeValue>, path: Path): void {
  const fields = parentOf(item, path);
  if (fields !== undefined) delete fields[path.at(-1) ?? ""];
}

/** The map that contains the path's last name: a copy, so that the item that others have read stays as it is. */
function parentOf(
  item: Record<string, AttributeValue>,
  [first = "", ...rest]: Path,
): Record<string, AttributeValue> | undefined {
  if (rest.length === 0) return item;
  const inner = item[first]?.M;
  if (inner === undefined) return undefined;
  const copy = { ...inner };
  item[first] = { M: copy };
  return parentOf(copy, rest);
}

/** Puts the value at the path, and makes the maps on the way. */
function nest(
  item: Record<string, AttributeValue>,
  [first = "", ...rest]: Path,
  value: AttributeValue,
): void {
  if (rest.length === 0) {
    item[first] = value;
    return;
  }
  const inner: Record<string, AttributeValue> = item[first]?.M ?? {};
  item[first] = { M: inner };
  nest(inner, rest, value);
}

function sum(before: AttributeValue | undefined, added: AttributeValue | undefined): AttributeValue {
  if (added?.N !== undefined && (before === undefined || before.N !== undefined))
    return { N: String(Number(before?.N ?? 0) + Number(added.N)) };
  if (added?.SS !== undefined && (before === undefined || before.SS !== undefined))
    return { SS: [...new Set([...(before?.SS ?? []), ...added.SS])] };
  throw new ValidationException("An operand in the update expression has an incorrect data type");
}

function difference(
  before: AttributeValue | undefined,
  removed: AttributeValue | undefined,
): AttributeValue | undefined {
  if (removed?.SS === undefined || (before !== undefined && before.SS === undefined))
    throw new ValidationException("An operand in the update expression has an incorrect data type");
  const left = (before?.SS ?? []).filter((member) => !removed.SS.includes(member));
  return left.length === 0 ? undefined : { SS: left };
}
