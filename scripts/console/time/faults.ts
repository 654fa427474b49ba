/** The faults of the local stack: those that have yet to strike, ordering one, and taking them back. */
import { invalidField } from "../../../lib/errors.ts";
import { fieldOf, fieldsOf, listOf, numberOf, textOf } from "../../../lib/untrusted.ts";
import type { ConsoleContext } from "../server/route.ts";
import { FAULT_FORMS, type FaultForm, formOf } from "./fault-forms.ts";
import { control, emulatorOf, localOf } from "./stack-control.ts";

export interface PendingFault {
  readonly kind: string;
  readonly title: string;
  /** What it is limited to and how strong it is, such as `status 503, POST /v1/refunds`. */
  readonly detail: string;
  /** Such as `2 times`. */
  readonly left: string;
}

/** Emulators of AWS that can fail on order. */
const SERVICES = ["dynamodb", "sqs"] as const;

export async function readFaults(context: ConsoleContext): Promise<readonly PendingFault[]> {
  const local = localOf(context);
  const pending = local.embedsStripe
    ? listOf(fieldOf(await control(`${emulatorOf(context)}/_emulator/faults`), "faults"))
    : [];
  const failing = local.embedsAws
    ? await Promise.all(
        SERVICES.map(async (service) => ({
          kind: service,
          ...fieldsOf(await control(`${local.endpoints[service]}/_faults`)),
        })),
      )
    : [];
  return [...pending, ...failing.filter((fault) => fieldOf(fault, "rate") !== 0)].map(shownFault);
}

/** As a person reads it. Pure. */
export function shownFault(fault: unknown): PendingFault {
  const { kind, match, times, rate, table, struck, until, ...others } = fieldsOf(fault);
  const known = formOf(kind);
  const limits = [...Object.values(fieldsOf(match)), ...(table === undefined ? [] : [table])];
  const strength = Object.entries(others).flatMap(([name, value]) =>
    typeof value === "number" && !["calls", "created"].includes(name) ? [`${name} ${value}`] : [],
  );
  const isAws = known?.part === "aws";
  return {
    kind: String(kind),
    title: known?.title ?? String(kind),
    detail: [...strength, ...limits.map(String)].join(", "),
    left: isAws
      ? `${Math.round(Number(rate) * 100)} % of its calls, ${String(struck)} so far`
      : leftOf(kind, times, until),
  };
}

function leftOf(kind: unknown, times: unknown, until: unknown): string {
  if (kind !== "webhook_outage") return times === 1 ? "once" : `${String(times)} times`;
  return typeof until === "number" ? `until ${new Date(until).toISOString()}` : "until it is taken back";
}

/** `input` is a kind with the fields of its form. Throws VALIDATION_FAILED, or the emulator's refusal. */
export async function orderFault(context: ConsoleContext, input: unknown): Promise<readonly PendingFault[]> {
  const order = orderOf(input);
  if (order.form.part === "aws")
    await control(serviceUrl(context, order.form.kind), { method: "POST", body: order.body });
  else await control(`${emulatorOf(context)}/_emulator/faults`, { method: "POST", body: order.body });
  return readFaults(context);
}

/** What the emulator is sent. Pure. */
export function orderOf(input: unknown): { readonly form: FaultForm; readonly body: object } {
  const form = formOf(fieldOf(input, "kind"));
  if (form === undefined)
    throw invalidField("kind", `must be one of ${FAULT_FORMS.map(({ kind }) => kind).join(", ")}`);
  const numbers: Record<string, number> = {};
  const match: Record<string, string> = {};
  for (const { name, label, type, isOptional } of form.fields) {
    const given = fieldOf(input, name);
    const isLeftOut = given === undefined || given === "";
    if (isLeftOut && isOptional === true) continue;
    if (type === "text") match[name] = textOf(given) ?? "";
    else if (!isLeftOut && Number.isSafeInteger(Number(given))) numbers[name] = Number(given);
    else throw invalidField(name, `must be a whole number: ${label}`);
  }
  if (form.part !== "aws") return { form, body: { kind: form.kind, match, ...numbers } };
  const percent = numberOf(numbers.percent) ?? 0;
  if (percent < 1 || percent > 100) throw invalidField("percent", "must be from 1 to 100");
  return { form, body: { rate: percent / 100, ...match } };
}

/** Those of one kind, or all. Requests that a delay holds go on. */
export async function takeBackFaults(
  context: ConsoleContext,
  kind?: unknown,
): Promise<readonly PendingFault[]> {
  const form = formOf(kind);
  if (kind !== undefined && form === undefined)
    throw invalidField("kind", `must be one of ${FAULT_FORMS.map((each) => each.kind).join(", ")}`);
  const local = localOf(context);
  if (local.embedsStripe && form?.part !== "aws") {
    const kinds = form === undefined ? ["delay", undefined] : [form.kind];
    for (const each of kinds)
      await control(`${emulatorOf(context)}/_emulator/faults${each === undefined ? "" : `/${each}`}`, {
        method: "DELETE",
      });
  }
  for (const service of local.embedsAws ? SERVICES : [])
    if (form === undefined || form.kind === service)
      await control(serviceUrl(context, service), { method: "POST", body: { rate: 0 } });
  return readFaults(context);
}

function serviceUrl(context: ConsoleContext, kind: string): string {
  const service = SERVICES.find((each) => each === kind) ?? "dynamodb";
  return `${localOf(context).endpoints[service]}/_faults`;
}
