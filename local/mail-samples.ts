/** The samples of every mail (functions/send-email/templates/<name>/samples.yml), for the preview and the tests. */
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { fieldsOf } from "../lib/untrusted.ts";

export interface MailSample {
  readonly template: string;
  /** What it shows. */
  readonly title: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** When the samples are read: their dates lie around it. */
export const SAMPLE_TIME = new Date("2026-11-27T09:30:00Z");

/** The samples below `root`, the project's folder, in the order of the templates' names. */
export function readMailSamples(root = "."): MailSample[] {
  const files = globSync("functions/send-email/templates/*/samples.yml", { cwd: root }).sort();
  return files.flatMap((file) =>
    Object.entries(fieldsOf(parse(readFileSync(join(root, file), "utf8")))).map(([title, data]) => ({
      template: basename(dirname(file)),
      title,
      data: fieldsOf(data),
    })),
  );
}
