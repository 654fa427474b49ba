/** The project of this repository, read once for all test files of a process. loadProject() reads it with its workflows. */
import type { ShippedProject } from "./warm-project.ts";

declare global {
  /** test/environment.js puts it here. */
  var shippedProject: typeof import("./warm-project.ts").projectText;
}

const project: ShippedProject = JSON.parse(globalThis.shippedProject());

export const { contracts, languages, templates, mailLayout, rules, workflowInputs } = project;
