/**
 * Finds what is wrong after the conversations of a world. It reads what agents wanted, what is at Stripe, the audit log and the
 * approvals, and knows the promises only: it shares no decision with the product.
 */
import { fromAttributes } from "../../lib/aws/attribute-values.ts";
import { type Fields, fieldOf, fieldsOf, parseJson } from "../../lib/untrusted.ts";
import type { World } from "../interleavings/world/world.ts";
import { type ApiGateway, isFinal } from "./api-gateway.ts";
import { about, type Finding } from "./finding.ts";
import { CANCEL, type Intent, type Ledger, PAY, REFUND } from "./ledger.ts";
import { type Effect, signOf, stripeEffects } from "./stripe-effects.ts";

/** What an agent may charge without an approval, and in a day (UTC), in cents of a US dollar: policies/default.yml. */
const WITHOUT_APPROVAL = 50_000;
const OF_A_DAY = 1_000_000;
/** The clocks of two machines of a simulated world differ by at most this. */
const LONGEST_SKEW_MS = 20_000;

export interface Checked {
  readonly effects: number;
  readonly approved: number;
  readonly findings: readonly Finding[];
}

export async function check(world: World, gateway: ApiGateway, ledger: Ledger): Promise<Checked> {
  const effects = await stripeEffects(world);
  const entries = itemsOf(world, "AuditLogTable").filter(({ partition }) =>
    String(partition).startsWith("day#"),
  );
  const approvals = itemsOf(world, "ApprovalsTable");
  return {
    effects: effects.length,
    approved: approvals.filter(({ status }) => status === "used").length,
    findings: [
      ...doubleEffects(effects, ledger),
      ...exceededLimits(effects, entries),
      ...unauditedCalls(gateway, entries),
      ...unauditedEffects(effects, entries, ledger),
      ...unapprovedEffects(effects, approvals, ledger),
      ...ledger.wrongResponses.map(about("no wrong response")),
    ],
  };
}

const itemsOf = ({ dynamodb }: World, table: string): Fields[] =>
  dynamodb.items(table).map((item): Fields => fromAttributes(item));

/** As often as it was wanted at most; and whoever was told that it was done was told of the same object each time. */
function doubleEffects(effects: readonly Effect[], ledger: Ledger): Finding[] {
  const wrong = about("no double effect");
  const wanted = Map.groupBy(ledger.intents, ({ tool, input }) => `${tool} ${signOf(tool, input)}`);
  const made = Map.groupBy(effects, ({ tool, sign }) => `${tool} ${sign}`);
  return [
    ...[...made].flatMap(([what, objects]) => {
      const times = wanted.get(what)?.length ?? 0;
      return objects.length <= times ? [] : [wrong(`${what}: wanted ${times}, made ${objects.length}`)];
    }),
    ...ledger.intents.flatMap((intent) => {
      const ids = toldIds(intent);
      const real = new Set(effects.map(({ id }) => id));
      return [
        ...(ids.length > 1 ? [wrong(`one call was told of ${ids.join()}`)] : []),
        ...ids.filter((id) => !real.has(id)).map((id) => wrong(`${id} was told of and does not exist`)),
      ];
    }),
  ];
}

const ID_OF: Readonly<Record<string, string>> = {
  [PAY]: "paymentIntentId",
  [REFUND]: "refundId",
  [CANCEL]: "paymentIntentId",
};

function toldIds({ tool, results }: Intent): string[] {
  const told = results.flatMap((result) =>
    result.kind === "success" ? [String(result.outputs[ID_OF[tool] ?? ""])] : [],
  );
  return [...new Set(told)];
}

function exceededLimits(effects: readonly Effect[], entries: readonly Fields[]): Finding[] {
  const spent = effects
    .filter(({ tool }) => tool === PAY)
    .map((effect) => ({ ...effect, who: actorOf(effect, entries) }));
  return [...Map.groupBy(spent, ({ who, at }) => `${who} on ${dayOf(at)}`)].flatMap(
    ([whoAndDay, payments]) => {
      const sum = payments.reduce((total, { amount }) => total + amount, 0);
      return sum <= OF_A_DAY ? [] : [about("no limit exceeded")(`${whoAndDay} has spent ${sum} cents`)];
    },
  );
}

const dayOf = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString().slice(0, 10);

const actorOf = (effect: Effect, entries: readonly Fields[]): string =>
  String(fieldOf(entryOf(effect, entries), "actor", "id"));

/** An entry of a call that has returned the object. */
const entryOf = ({ id, tool }: Effect, entries: readonly Fields[]): Fields | undefined =>
  entries.find((entry) => isDone(entry) && isAbout(entry, tool) && JSON.stringify(entry).includes(id));

const isDone = (entry: Fields) =>
  ["succeeded", "replayed"].includes(String(fieldOf(entry, "ending", "result")));
const isAbout = (entry: Fields, tool: string) => fieldOf(entry, "resource", "id") === tool;

/**
 * If a function dies after Stripe has done it, and nobody asks again, the entry shows an attempt without an end: the vendor knows
 * whether it had an effect.
 */
function unauditedEffects(effects: readonly Effect[], entries: readonly Fields[], ledger: Ledger): Finding[] {
  return effects.flatMap((effect) => {
    if (entryOf(effect, entries) !== undefined) return [];
    const { tool, id, sign } = effect;
    const intents = ledger.intents.filter((one) => one.tool === tool && signOf(tool, one.input) === sign);
    const isTold = intents.some((intent) => toldIds(intent).includes(id));
    const isAttempt = entries.some(
      (entry) =>
        isAbout(entry, tool) &&
        !isDone(entry) &&
        intents.some(({ principal }) => principal === fieldOf(entry, "actor", "id")),
    );
    if (!isTold && isAttempt) return [];
    return [about("nothing unaudited")(`${id} of ${tool} has no entry that says who has made it`)];
  });
}

/** Everything that the API has said about a call that changes something. */
function unauditedCalls({ recorded }: ApiGateway, entries: readonly Fields[]): Finding[] {
  const byRequest = Map.groupBy(entries, ({ requestId }) => requestId);
  return recorded.flatMap(({ requestId, capability, response }) => {
    if (response === undefined || !isFinal(response) || capability.startsWith("stripe-get-")) return [];
    const { code } = fieldsOf(parseJson(response.text));
    const results = (byRequest.get(requestId) ?? []).map((entry) => fieldOf(entry, "ending", "result"));
    const expected = response.status < 300 ? ["succeeded", "replayed"] : ["failed", "denied"];
    return results.some((result) => expected.includes(String(result)))
      ? []
      : [
          about("nothing unaudited")(
            `${requestId} of ${capability} got ${response.status} ${code ?? ""}; its entries: ${results.join() || "none"}`,
          ),
        ];
  });
}

/** Each effect that needs one has an approval of its own: for the very call, by another principal, used once. */
function unapprovedEffects(
  effects: readonly Effect[],
  approvals: readonly Fields[],
  ledger: Ledger,
): Finding[] {
  const wrong = about("no effect without approval");
  const used = approvals.filter(({ status }) => status === "used");
  const needing = effects.filter(({ tool, amount }) => tool !== PAY || amount > WITHOUT_APPROVAL);
  const intents = Map.groupBy(ledger.intents, ({ tool, input }) => `${tool} ${signOf(tool, input)}`);
  return [
    ...[...Map.groupBy(needing, ({ tool, sign }) => `${tool} ${sign}`)].flatMap(([what, made]) => {
      const given = (intents.get(what) ?? []).filter((intent) => used.some((one) => isFor(one, intent)));
      return made.length <= given.length
        ? []
        : [wrong(`${what}: made ${made.length}, approved ${given.length}`)];
    }),
    ...used
      .filter(({ principal, decidedBy }) => fieldOf(principal, "id") === decidedBy || decidedBy === undefined)
      .map(({ approvalId }) => wrong(`${approvalId} was not given by another`)),
    ...used
      .filter(({ usedAt, validUntil }) => timeOf(usedAt) > timeOf(validUntil) + LONGEST_SKEW_MS)
      .map(({ approvalId }) => wrong(`${approvalId} was used after its end`)),
  ];
}

const timeOf = (iso: unknown) => Date.parse(String(iso));

/** Whether a call of the intent was told to wait for this approval, which names its principal. */
const isFor = ({ approvalId, principal }: Fields, intent: Intent): boolean =>
  fieldOf(principal, "id") === intent.principal &&
  intent.results.some((result) => result.kind === "problem" && result.approvalId === approvalId);
