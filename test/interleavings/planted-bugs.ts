/**
 * The planted bugs: each removes one guard of the product, and the simulation must find it. `npm run interleavings -- --planted` shows
 * after how many seeds it does. Each edit names its exact source text, so a change of the guard shows here.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the edits are source code
import type { Invariant } from "./checker/finding.ts";
import type { Edit } from "./world/code.ts";

export interface PlantedBug extends Edit {
  /** Says what is missing without the guard. */
  readonly id: string;
  /** What the checker must find: at least one of these. */
  readonly breaks: readonly Invariant[];
}

const LEASE = "lib/lease/lease.ts";
const CLAIMS = "lib/idempotency/claims.ts";
const INBOX = "lib/events/inbox.ts";
const QUEUE = "lib/transport/queue.ts";
const AUDIT_WRITER = "lib/audit/open-writer.ts";
const AUDIT_ATTEMPT = "lib/audit/attempt.ts";
const ADMISSION = "lib/capability/admission.ts";

export const PLANTED_BUGS: readonly PlantedBug[] = [
  // One owner at a time
  {
    id: "lease-taken-without-condition",
    file: LEASE,
    source: "replaceItem(table, taken, canBeTaken(item, request))",
    replacement: "replaceItem(table, taken)",
    breaks: ["one owner at a time"],
  },
  {
    id: "lease-taken-before-its-end",
    file: LEASE,
    source: 'const LEASE_HAS_ENDED = "leaseUntil <= :now";',
    replacement: 'const LEASE_HAS_ENDED = "(leaseUntil <= :now OR leaseUntil > :now)";',
    breaks: ["one owner at a time"],
  },
  {
    id: "finished-lease-taken-again",
    file: LEASE,
    source:
      'return allOf({ expression: LEASE_HAS_ENDED, values: { ":now": now.getTime() } }, isUnfinished, canContinue);',
    replacement:
      'return anyOf(allOf({ expression: LEASE_HAS_ENDED, values: { ":now": now.getTime() } }, canContinue), { expression: "attribute_not_exists(leaseUntil)" }, isUnfinished && { expression: "leaseUntil = :zero", values: { ":zero": -1 } });',
    breaks: ["one effect per key", "object states are monotone"],
  },
  {
    id: "late-owner-writes",
    file: LEASE,
    source: "function isOwned({ owner, isUnfinished }: Lease): Condition {\n",
    replacement:
      'function isOwned({ owner, isUnfinished }: Lease): Condition {\n  if (owner !== "") return { expression: "attribute_exists(#owner)", names: { "#owner": "owner" } };\n',
    breaks: ["one owner at a time"],
  },
  // One effect per key
  {
    id: "new-vendor-key-for-each-try",
    file: "lib/capability/run-capability.ts",
    source: "idempotencyKey: claim.vendorKey,",
    replacement: "idempotencyKey: call.requestId,",
    breaks: ["one effect per key"],
  },
  {
    id: "other-inputs-get-the-stored-answer",
    file: CLAIMS,
    source: "if (item !== undefined && !request.inputsDigests.includes(String(item.inputsDigest)))",
    replacement: "if (item !== undefined && request.inputsDigests.length === 0)",
    breaks: ["one effect per key"],
  },
  {
    id: "answer-not-stored",
    file: "lib/capability/run-capability.ts",
    source: "    store(claim, { outputs }, sealer),\n",
    replacement: "    returnClaim(claim),\n",
    breaks: ["one effect per key"],
  },
  {
    id: "customers-created-without-a-lease",
    file: "lib/customers/customer-mapping.ts",
    source: '    if (take.kind === "taken") return createAsOwner(take.lease, claim, stripe);',
    replacement:
      '    if (take.kind === "taken") return createAsOwner(take.lease, claim, stripe);\n    return stripe.findOrCreate({ key: randomUUID(), isResumed: false, next: async () => { throw tookTooLong(); } });',
    breaks: ["one effect per key"],
  },
  {
    id: "creation-begun-again-after-a-crash",
    file: "lib/customers/customer-mapping.ts",
    source: "    key: begun ?? randomUUID(),",
    replacement: "    key: randomUUID(),",
    breaks: ["one effect per key"],
  },
  {
    id: "subscriptions-created-side-by-side",
    file: "lib/subscriptions/one-at-a-time.ts",
    source: '    if (take.kind === "taken") return { lease: take.lease, claimed };',
    replacement:
      '    if (take.kind === "taken") return { lease: take.lease, claimed };\n    if (found === undefined || take.found !== undefined) return { lease: { ...item, owner: "nobody" }, claimed: claim(undefined) };',
    breaks: ["one effect per key"],
  },
  {
    id: "subscription-attempt-begun-again",
    file: "lib/subscriptions/create-alone.ts",
    source: "    const attempt = begun ?? randomUUID();",
    replacement: "    const attempt = randomUUID();",
    breaks: ["one effect per key"],
  },
  {
    id: "unknown-subscription-forgotten",
    file: "lib/subscriptions/create-alone.ts",
    source:
      "await (isUnknown(thrown) ? abandonLease(held.lease) : deleteAsOwner(held.lease)).catch(() => false);",
    replacement: "await deleteAsOwner(held.lease).catch(() => false);",
    breaks: ["one effect per key"],
  },
  {
    id: "reference-refunded-without-a-claim",
    file: "lib/refunds/reference-claim.ts",
    source: '    if (take.kind === "taken") return { kind: "claimed", lease: take.lease, attempt, asked };',
    replacement:
      '    if (take.kind === "taken" || take.found?.refundId === undefined) return { kind: "claimed", lease: take.kind === "taken" ? take.lease : { ...referenceItem(id), owner: "nobody" }, attempt, asked };',
    breaks: ["one effect per key"],
  },
  {
    id: "refund-attempt-begun-again",
    file: "lib/refunds/reference-claim.ts",
    source: "          attempt: String(found.attempt),",
    replacement: "          attempt: randomUUID(),",
    breaks: ["one effect per key", "money is conserved"],
  },
  {
    id: "unknown-refund-released",
    file: "lib/refunds/refund-by-reference.ts",
    source: "await (isOver ? releaseReference(lease) : suspendReference(lease));",
    replacement: "await releaseReference(lease);",
    breaks: ["one effect per key", "money is conserved"],
  },
  // Money and limits
  {
    id: "amount-decided-without-its-reservation",
    file: ADMISSION,
    source: "const decision = enforcePolicy(policy, { ...query, usage: counts }, record);",
    replacement:
      "const decision = enforcePolicy(policy, { ...query, usage: { ...counts, customerAmountToday: 0 } }, record);",
    breaks: ["limits hold"],
  },
  {
    id: "amount-of-a-running-call-released",
    file: ADMISSION,
    source: 'const counts = result.kind === "claimed" ? await usage.hold() : usage.usage;',
    replacement: "const counts = usage.usage;",
    breaks: ["limits hold"],
  },
  {
    id: "amount-of-an-unknown-outcome-released",
    file: "lib/capability/run-capability.ts",
    source: "    else await suspendClaim(claim);",
    replacement: "    else await Promise.all([suspendClaim(claim), usage.undo()]);",
    breaks: ["limits hold"],
  },
  {
    id: "usage-accepted-over-what-was-sent",
    file: "lib/metering/usage-records.ts",
    source: "if (await putItem(table(), item, { expression: IS_NEW })) return { record, isToSend: true };",
    replacement: "if (await putItem(table(), item)) return { record, isToSend: true };",
    breaks: ["object states are monotone", "money is conserved"],
  },
  // No event is lost
  {
    id: "accepted-before-stored",
    file: "functions/stripe-webhook/handler.ts",
    source: "const { queue, messageId, byReference } = await enqueueEvent(queued, body);",
    replacement:
      'void enqueueEvent(queued, body).catch(() => undefined);\n  const { queue, messageId, byReference } = { queue: "", messageId: "", byReference: false };',
    breaks: ["no event is lost"],
  },
  {
    id: "failed-messages-not-reported",
    file: QUEUE,
    source: "const notDone = [...records.keys()].filter((messageId) => !done.has(messageId));",
    replacement:
      'const notDone = [...records.keys()].filter((messageId) => !done.has(messageId) && messageId === "");',
    breaks: ["no event is lost"],
  },
  {
    id: "message-of-a-running-consumer-ended",
    file: INBOX,
    source:
      "if (messageId === undefined || owner === undefined || owner === messageId) throw new EventInProgress(id);",
    replacement: "if (messageId === undefined) throw new EventInProgress(id);",
    breaks: ["no event is lost"],
  },
  {
    id: "outage-treated-as-poison",
    file: "lib/events/redelivery.ts",
    source: "if (!isOutage(problem))",
    replacement: "if (problem !== undefined)",
    breaks: ["no event is lost"],
  },
  {
    id: "event-done-before-its-effects",
    file: INBOX,
    source: "    const result = await apply();",
    replacement:
      '    await finishLease(take.lease, { state: "done", appliedAt: "", stale: false });\n    const result = await apply();',
    breaks: ["no event is lost", "audit is complete"],
  },
  {
    id: "event-applied-without-the-inbox",
    file: INBOX,
    source:
      '  if (take.kind === "refused") {\n    if (take.found?.state === "done") return { applied: false };',
    replacement:
      '  if (take.kind === "refused") {\n    if (take.found?.state === "done") return { applied: true, result: await apply() };',
    breaks: ["one effect per key"],
  },
  {
    id: "lost-event-queued-over-its-consumer",
    file: INBOX,
    source: "      ? { expression: IS_NEW }\n",
    replacement: "      ? undefined\n",
    breaks: ["object states are monotone", "one owner at a time"],
  },
  // No foreign event is applied
  {
    id: "any-signature-accepted",
    file: "lib/events/signature.ts",
    source: "const matches = given.some(",
    replacement: "const matches = given.length > 0 || given.some(",
    breaks: ["no foreign event is applied"],
  },
  {
    id: "old-signature-accepted",
    file: "lib/events/signature.ts",
    source: "if (Math.abs(now - Number(timestamp)) > SIGNATURE_TOLERANCE_SECONDS)",
    replacement: "if (Math.abs(now - Number(timestamp)) > 1000 * SIGNATURE_TOLERANCE_SECONDS)",
    breaks: ["no foreign event is applied"],
  },
  {
    id: "message-of-anybody-believed",
    file: QUEUE,
    source: 'if (sender === "us") return;',
    replacement: 'if (sender !== "forged") return;',
    breaks: ["no foreign event is applied"],
  },
  {
    id: "event-of-another-account-applied",
    file: "lib/events/ignored.ts",
    source: 'if (account !== undefined) return "other-account";',
    replacement: "",
    breaks: ["no foreign event is applied"],
  },
  {
    id: "event-of-the-other-mode-applied",
    file: "lib/events/ignored.ts",
    source: 'return livemode === isLiveStage(stage) ? undefined : "other-mode";',
    replacement:
      'return livemode === isLiveStage(stage) || account === undefined ? undefined : "other-mode";',
    breaks: ["no foreign event is applied"],
  },
  // Object states are monotone
  {
    id: "object-written-over-a-newer-version",
    file: "lib/aws/change-item.ts",
    source: "return putItem(table, { ...item, ...key, version: version + 1 }, hasVersion(version));",
    replacement: "return putItem(table, { ...item, ...key, version: version + 1 });",
    breaks: ["object states are monotone"],
  },
  {
    id: "older-event-recorded",
    file: "lib/events/order.ts",
    source: 'return isNewer ? "write" : "stale";',
    replacement: 'return "write";',
    breaks: ["no event is lost", "object states are monotone"],
  },
  {
    id: "same-second-decided-without-stripe",
    file: "lib/events/order.ts",
    source: 'if (incoming.eventCreated === stored.eventCreated) return "ask";',
    replacement: 'if (incoming.eventCreated === stored.eventCreated) return "write";',
    breaks: ["no event is lost", "object states are monotone"],
  },
  {
    id: "failure-counted-with-each-event",
    file: "lib/failed-payments/failed-payment.ts",
    source: "if (hasEnded || payment.attemptKeys.includes(attempt.key)) return payment;",
    replacement: "if (hasEnded) return payment;",
    breaks: ["one mail at most"],
  },
  // One mail at most
  {
    id: "mail-sent-without-its-claim",
    file: "lib/automatic-mails/sent-mails.ts",
    source: "return { result: item.owner === owner };",
    replacement: "return { result: true };",
    breaks: ["one mail at most"],
  },
  {
    id: "perhaps-sent-mail-sent-again",
    file: "lib/aws/ses.ts",
    source: 'return code === "RATE_LIMITED" || code === "SERVICE_UNAVAILABLE";',
    replacement:
      'return code === "RATE_LIMITED" || code === "SERVICE_UNAVAILABLE" || code === "BAD_GATEWAY";',
    breaks: ["one mail at most"],
  },
  {
    id: "failure-mail-sent-without-its-claim",
    file: "lib/failed-payments/mail-claims.ts",
    source: "if (existing !== undefined) return existing.owner === wanted.owner ? payment : undefined;",
    replacement: "",
    breaks: ["one mail at most"],
  },
  // Audit is complete
  {
    id: "answer-before-its-ending",
    file: "lib/capability/run-capability.ts",
    source: '    record.end("succeeded", redact(outputs, contract.outputs)),\n',
    replacement: "",
    breaks: ["audit is complete"],
  },
  {
    id: "writer-shared-by-two-calls",
    file: AUDIT_WRITER,
    source: "return idle.pop() ??",
    replacement: "return idle.at(-1) ??",
    breaks: ["audit is complete"],
  },
  {
    id: "writer-used-after-a-failed-write",
    file: AUDIT_ATTEMPT,
    source: "  await Promise.all([\n    // The id is new",
    replacement:
      "  open.writer.advance(entry);\n  giveBackWriter(open);\n  await Promise.all([\n    // The id is new",
    breaks: ["audit is complete"],
  },
  {
    id: "late-head-over-a-newer-one",
    file: AUDIT_WRITER,
    source: "expression: `${HEAD_IS_NEW} OR ${STORED_HEAD_IS_OLDER}`,",
    replacement: "expression: `${HEAD_IS_NEW} OR attribute_exists(#version) OR ${STORED_HEAD_IS_OLDER}`,",
    breaks: ["object states are monotone"],
  },
  {
    id: "entries-before-their-head",
    file: AUDIT_WRITER,
    source: "    await putHead(this.writer, key);\n    this.#announced = true;",
    replacement: "    void this.writeHead(key);\n    this.#announced = true;",
    breaks: ["audit is complete"],
  },
  {
    id: "older-ending-over-a-correction",
    file: AUDIT_ATTEMPT,
    source: "expression: `${ENTRY_EXISTS} AND (${HAS_NO_ENDING} OR ${ENDING_IS_NOT_NEWER})`,",
    replacement:
      "expression: `${ENTRY_EXISTS} AND (attribute_exists(#partition) OR ${HAS_NO_ENDING} OR ${ENDING_IS_NOT_NEWER})`,",
    breaks: ["object states are monotone"],
  },
];
