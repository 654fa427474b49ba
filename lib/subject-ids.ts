/**
 * The ids of what a log line is about: one customer, payment, subscription, invoice and run, each in a field of its own. The same
 * fields in every line, so that one query finds everything about a customer. Pure.
 */

/** The forms of the ids, by the fields that hold them. */
const FORMS = {
  customerId: /^cus_\w{1,200}$/,
  paymentId: /^pi_\w{1,200}$/,
  subscriptionId: /^sub_(?!sched_)\w{1,200}$/,
  invoiceId: /^in_\w{1,200}$/,
  runId: /^run-[0-9a-f]{32}$/,
} as const satisfies Readonly<Record<string, RegExp>>;

export type SubjectField = keyof typeof FORMS;
export type SubjectIds = Readonly<Partial<Record<SubjectField, string>>>;

const isSubjectField = (name: string): name is SubjectField => Object.hasOwn(FORMS, name);

export const SUBJECT_FIELDS: readonly SubjectField[] = Object.keys(FORMS).filter(isSubjectField);

/**
 * The ids among `texts`, each in its field. Several ids of one kind, such as the payments in a list, are not what the line is
 * about, and are left out.
 */
export function subjectsAmong(...texts: readonly (string | undefined)[]): SubjectIds {
  const found: Partial<Record<SubjectField, string>> = {};
  for (const field of SUBJECT_FIELDS) {
    const ids = new Set<string>();
    for (const text of texts) if (text !== undefined && FORMS[field].test(text)) ids.add(text);
    const [id] = ids;
    if (id !== undefined && ids.size === 1) found[field] = id;
  }
  return found;
}
