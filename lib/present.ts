import { setOwnField } from "./own-field.ts";

/** The fields of `T`; fields that can be undefined can be left out instead. */
export type Present<T> = { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** The fields without those that are undefined, to be spread into an object. */
export function present<T extends object>(fields: T): Present<T>;
export function present(fields: object): object {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) setOwnField(given, name, value);
  return given;
}
