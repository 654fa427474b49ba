/** The contracts, workflows and policies of this checkout, read again when a file has changed. */
import { globSync, statSync } from "node:fs";
import { SourceError } from "../../../lib/compiler/source/source-issue.ts";
import { Problem } from "../../../lib/errors.ts";
import { loadPolicyProject, type PolicyProject } from "../../policy/project.ts";

const FILES = ["functions/*/contract.yml", "languages/*", "workflows/*.yml", "policies/*"];

let kept: { readonly state: string; readonly project: PolicyProject } | undefined;

/** Throws PRECONDITION_FAILED with every mistake in the files. */
export function currentProject(): PolicyProject {
  const state = stateOf();
  if (kept?.state === state) return kept.project;
  try {
    kept = { state, project: loadPolicyProject() };
  } catch (thrown) {
    if (!(thrown instanceof SourceError)) throw thrown;
    throw new Problem("PRECONDITION_FAILED", `The files of this checkout have mistakes: ${thrown.message}`);
  }
  return kept.project;
}

const stateOf = () =>
  globSync(FILES)
    .sort()
    .map((file) => `${file} ${statSync(file).mtimeMs}`)
    .join("\n");
