/**
 * `npm run stripe -- account check`: finds the stored ids that belong to another account or mode than the Stripe key. Ids are
 * unique across accounts, and Stripe keeps what it has created, so an object that Stripe does not have is another account's.
 */
import { secret } from "../../lib/secrets/secrets.ts";
import { readStripe } from "../../lib/stripe/stripe-client.ts";
import { textOf } from "../../lib/untrusted.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import type { AccountAsked } from "./command.ts";
import { mailRemarks } from "./mail-comparison.ts";
import { type StoredId, storedIds } from "./stored-ids.ts";

const QUESTION_MS = 20_000;
/** Far below the requests that Stripe accepts in a second, because the application's own count, too. */
const ASKED_AT_ONCE = 5;
const HEADINGS = ["TABLE", "ID", "ACCOUNT", "WHAT FOLLOWS"];

/** `settings` are those of the target. "nothing wrong" if no id is left that belongs to another account. */
export async function checkAccount(
  { limit, forget }: AccountAsked,
  settings: Readonly<Record<string, string | undefined>>,
): Promise<Verdict> {
  const found = await read("/v1/account");
  const account = textOf(found?.id);
  const mode = (await secret("STRIPE_SECRET_KEY")).includes("_live_") ? "live" : "test";
  console.log(`The key belongs to ${account ?? "an account that it may not read"}, in ${mode} mode.`);
  for (const remark of mailRemarks(settings, found ?? {})) console.log(remark);

  const strays: StoredId[] = [];
  let compared = 0;
  let isCut = false;
  let batch: StoredId[] = [];
  const compare = async () => {
    const isStray = await Promise.all(batch.map((stored) => isElsewhere(stored, account)));
    strays.push(...batch.filter((_, index) => isStray[index]));
    compared += batch.length;
    batch = [];
    showProgress(`${compared} ids compared, ${strays.length} of another account ...`);
  };
  for await (const stored of storedIds()) {
    if (compared + batch.length === limit) {
      isCut = true;
      break;
    }
    batch.push(stored);
    if (batch.length === ASKED_AT_ONCE) await compare();
  }
  await compare();
  showProgress("");
  if (isCut) console.log(`The first ${limit} ids only; --limit compares more.`);
  if (strays.length > 0) console.log(`\n${textTable([HEADINGS, ...strays.map(rowOf)])}\n`);
  const left = forget ? await forgetAll(strays) : strays.length;
  const forgotten = forget && strays.length > 0 ? `, ${strays.length - left} forgotten` : "";
  console.log(`${compared} ids compared: ${strays.length} of another account${forgotten}.`);
  return left === 0 ? "nothing wrong" : "something wrong";
}

async function isElsewhere(stored: StoredId, account: string | undefined): Promise<boolean> {
  if (stored.account !== undefined && account !== undefined && stored.account !== account) return true;
  return (await read(stored.path)) === undefined;
}

/** Returns how many are left. */
async function forgetAll(strays: readonly StoredId[]): Promise<number> {
  let left = 0;
  for (const { id, forget, remedy } of strays) {
    if ((await forget?.()) === true) continue;
    left += 1;
    const why = forget === undefined ? remedy : "it has changed since it was read";
    console.log(`${id} was not forgotten: ${why}.`);
  }
  return left;
}

const rowOf = ({ table, id, account, remedy }: StoredId) => [table, id, account ?? "not recorded", remedy];

const read = (path: string) =>
  readStripe(path, {
    deadline: Date.now() + QUESTION_MS,
    now: () => new Date(),
    noteVendorRequest: () => {},
  });
