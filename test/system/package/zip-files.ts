/** The files beside the template. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface ZippedFile {
  readonly name: string;
  /** In octal digits, as git shows it. */
  readonly mode: string;
  /** As DOS wrote it; 0 for the first moment that a zip file can express. */
  readonly date: number;
}

/** The central directory of a zip file. */
export function filesIn(zip: string): ZippedFile[] {
  const bytes = readFileSync(zip);
  const end = bytes.lastIndexOf("PK\x05\x06");
  const files: ZippedFile[] = [];
  for (let at = bytes.readUInt32LE(end + 16); at < end; ) {
    const nameLength = bytes.readUInt16LE(at + 28);
    files.push({
      name: bytes.toString("utf8", at + 46, at + 46 + nameLength),
      mode: bytes.readUInt16LE(at + 40).toString(8),
      date: bytes.readUInt32LE(at + 12) - FIRST_DATE,
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

/** 1980-01-01, the date of zip files that have none. */
const FIRST_DATE = 0x0021_0000;

/** The prefix of artifacts in the stage's bucket. */
export const CODE = "serverless/contractspec-stripe/dev/code";

export const hashOf = (file: string) =>
  createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 32);
