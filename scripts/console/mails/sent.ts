/** The mails that were sent: of the local mailbox with their contents, of a deployed stage as claims only. */
import { scanPage } from "../../../lib/aws/dynamodb.ts";
import { env } from "../../../lib/env.ts";
import { Problem } from "../../../lib/errors.ts";
import { numberOf, textOf } from "../../../lib/untrusted.ts";
import { type KeptMail, keptMails } from "../../../local/sent-mails.ts";
import { MAIL_REPORTS, readEventLog } from "../events/event-log.ts";
import type { ConsoleContext } from "../server/route.ts";
import { idsIn, linksIn, preheaderIn } from "./mail-content.ts";
import { type MailState, statesIn } from "./mail-states.ts";

export interface MailRow extends MailState {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** What it names. */
  readonly ids: readonly string[];
}

/** One item of the table SentMails. */
export interface ClaimRow {
  /** What the mail tells, with ids only, such as `receipt:pi_...`. */
  readonly mail: string;
  readonly state: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly ids: readonly string[];
}

export interface SentPage {
  /** Newest first; left out where no mailbox keeps them. */
  readonly mails?: readonly MailRow[];
  /** Newest first. */
  readonly claims: readonly ClaimRow[];
  /** Whether there are more claims. */
  readonly isCut: boolean;
}

export interface MailPage extends MailRow {
  readonly from: string;
  readonly preheader: string;
  readonly text: string;
  readonly hasHtml: boolean;
  readonly links: readonly string[];
}

const MOST_ROWS = 200;
const DAYS_MS = 14 * 24 * 60 * 60 * 1000;

export async function sentPage(context: ConsoleContext): Promise<SentPage> {
  const [mails, { claims, isCut }] = await Promise.all([mailboxOf(context), claimsMade()]);
  if (mails === undefined) return { claims, isCut };
  const states = await statesOf(context);
  return {
    mails: mails
      .slice(-MOST_ROWS)
      .reverse()
      .map((mail) => rowOf(mail, states)),
    ...{ claims, isCut },
  };
}

/** Throws NOT_FOUND. */
export async function mailPage(id: string, context: ConsoleContext): Promise<MailPage> {
  const [mail, states] = await Promise.all([keptMail(id, context), statesOf(context)]);
  return {
    ...rowOf(mail, states),
    from: mail.from,
    text: mail.text,
    hasHtml: mail.html !== "",
    preheader: preheaderIn(mail.html),
    links: linksIn(mail.html),
  };
}

/** Throws NOT_FOUND, also where no mailbox keeps mails. */
export async function keptMail(id: string, context: ConsoleContext): Promise<KeptMail> {
  const mail = (await mailboxOf(context))?.find((each) => each.id === id);
  if (mail === undefined) throw new Problem("NOT_FOUND", `The mailbox has no mail ${id}`);
  return mail;
}

/** Undefined where no mailbox keeps mails. Throws SERVICE_UNAVAILABLE if it does not respond. */
async function mailboxOf({ local }: ConsoleContext): Promise<KeptMail[] | undefined> {
  if (local?.embedsAws !== true) return undefined;
  try {
    return await keptMails(local.endpoints.ses);
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", "The mailbox does not respond. Is the stack running?", {
      cause,
    });
  }
}

/** Without a log, nobody has reported anything. */
async function statesOf({ target, now }: ConsoleContext): Promise<ReadonlyMap<string, MailState>> {
  const at = Math.max((await now()).getTime(), Date.now());
  const range = { from: new Date(at - DAYS_MS), to: new Date(at + 60_000) };
  return statesIn(await readEventLog(target, range, MAIL_REPORTS).catch(() => []));
}

function rowOf(
  { id, to, subject, at, html, text }: KeptMail,
  states: ReadonlyMap<string, MailState>,
): MailRow {
  return {
    ...{ id, subject, at, to: to.join(", ") },
    ids: idsIn(`${text} ${linksIn(html).join(" ")}`),
    ...(states.get(id) ?? { state: "sent" }),
  };
}

async function claimsMade(): Promise<{ claims: ClaimRow[]; isCut: boolean }> {
  const claims: ClaimRow[] = [];
  let after: Parameters<typeof scanPage>[1]["after"];
  let read = 0;
  do {
    const { items, next } = await scanPage(env("SENT_MAILS_TABLE"), { after });
    read += items.length;
    claims.push(
      ...items.map((item) => ({
        mail: String(item.mail),
        state: textOf(item.state) ?? "",
        at: 1_000 * (numberOf(item.at) ?? 0),
        ids: idsIn(String(item.mail).replaceAll(":", " ")),
      })),
    );
    claims.sort((a, b) => b.at - a.at);
    claims.length = Math.min(claims.length, MOST_ROWS);
    after = next;
  } while (after !== undefined);
  return { claims, isCut: read > claims.length };
}
