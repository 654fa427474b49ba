/** The files of packages, and how packages differ. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A name that was too long ends with a hash of its parts, the region included: resources/names.ts. */
const HASH_OF_NAME = /-[0-9a-f]{10}(?=")/g;

/** A digest of the contents of each file. In text files, `region` counts as any other region. */
export function digestsIn(folder: string, region: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder)
      .sort()
      .map((file) => {
        const bytes = readFileSync(join(folder, file));
        const compared = file.endsWith(".json") ? withoutRegion(bytes.toString("utf8"), region) : bytes;
        return [file, createHash("sha256").update(compared).digest("hex")];
      }),
  );
}

const withoutRegion = (text: string, region: string) =>
  text.replaceAll(region, "REGION").replaceAll(HASH_OF_NAME, "-HASH");

/** The names of the files that only one of the packages has, or that differ. */
export function differing(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((file) => one.get(file) !== other.get(file))
    .sort();
}
