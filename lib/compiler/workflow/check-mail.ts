/** Checks a step that sends a mail: its template, and the template's data, as far as they are known beforehand. */
import { suggestion } from "../../contract/suggestion.ts";
import type { KnownTemplates } from "../template/load-template.ts";
import { checkFields, type Expect } from "./check-inputs.ts";
import { referencesIn } from "./references.ts";
import type { WorkflowStep } from "./workflow.ts";

/** Its input `data` must match the template that its input `template` names. */
export const MAIL_CAPABILITY = "send-email";

/** Notes an unknown template, and which of the mail's data its template would refuse. */
export function checkMail(step: WorkflowStep, templates: KnownTemplates, expect: Expect): void {
  const inputs = step.node.get("inputs");
  const node = inputs?.get("template");
  const name = node?.text;
  if (inputs === undefined || node === undefined || name === undefined) return;
  // A template that is only known at run time is checked then.
  if (referencesIn(node).length > 0) return;
  if (!templates.has(name)) {
    node.issue(`unknown mail template "${name}"${suggestion(name, [...templates.keys()])}`);
    return;
  }
  const fields = templates.get(name);
  const data = inputs.get("data");
  const isMap = data === undefined || data.entries !== undefined;
  if (fields === undefined || !isMap) return;
  checkFields(
    data,
    fields,
    { owner: `mail template ${name}`, kind: "field", prefix: "data." },
    data ?? inputs,
    expect,
  );
}
