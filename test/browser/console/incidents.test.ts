/**
 * The incidents of the drill, in the console: each needs attention on the start page, its cause and repair are one click away, and it
 * is over once it is repaired.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import type { Happened } from "../../../scripts/drill/incident.ts";
import { auditChanged } from "../../../scripts/drill/incidents/audit-changed.ts";
import { driftedRecord } from "../../../scripts/drill/incidents/drifted-record.ts";
import { duplicateSubscription } from "../../../scripts/drill/incidents/duplicate-subscription.ts";
import { lostEvents } from "../../../scripts/drill/incidents/lost-events.ts";
import { mailsRefused } from "../../../scripts/drill/incidents/mails-refused.ts";
import { poisonEvent } from "../../../scripts/drill/incidents/poison-event.ts";
import { policyEdit } from "../../../scripts/drill/incidents/policy-edit.ts";
import { stuckRun } from "../../../scripts/drill/incidents/stuck-run.ts";
import { webhookSecret } from "../../../scripts/drill/incidents/webhook-secret.ts";
import { type OpenStage, openStage } from "../../../scripts/drill/open-stage.ts";
import type { Scene } from "../../../scripts/drill/scene.ts";
import { launchChromium, openPage } from "../chromium.ts";
import { startConsoleProcess } from "./console-site.ts";
import { declinedRenewal } from "./declined-renewal.ts";

interface Case {
  readonly name: string;
  readonly happen: (scene: Scene) => Promise<Happened>;
  /** The link on the start page. */
  readonly finding: RegExp;
  readonly cause: RegExp;
  readonly repair: RegExp;
  /** Whether it is over once it is repaired; otherwise a person has to say so, or a day has to pass. */
  readonly endsByItself: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "a wrong secret",
    happen: webhookSecret.happen,
    finding: /webhook refuses \d+ events/,
    cause: /signing secret that is stored here is not that of the endpoint/,
    repair: /put-parameter|STRIPE_WEBHOOK_SECRET/,
    endsByItself: true,
  },
  {
    name: "a poisoned event",
    happen: poisonEvent.happen,
    finding: /messages? of the queue payment-intent could not be handled/,
    cause: /tried five times.*failed with [A-Z_]+/,
    repair: /npm run events -- redrive payment-intent/,
    endsByItself: true,
  },
  {
    name: "a refused mail",
    happen: mailsRefused.happen,
    finding: /SES refuses mails/,
    cause: /ses-identity/,
    repair: /aws ses verify-email-identity/,
    endsByItself: true,
  },
  {
    name: "a duplicate subscription",
    happen: duplicateSubscription.happen,
    finding: /second subscription was canceled, and its payment could not be refunded/,
    cause: /did not come by our API/,
    repair: /stripe refunds create/,
    endsByItself: false,
  },
  {
    name: "a tampered audit entry",
    happen: auditChanged.happen,
    finding: /of today's audit log is not as it was written/,
    cause: /Somebody has changed the table AuditLog/,
    repair: /npm run audit -- verify/,
    endsByItself: true,
  },
  {
    name: "a lost webhook",
    happen: lostEvents.happen,
    finding: /events never arrived at the webhook/,
    cause: /endpoint at Stripe is disabled or points elsewhere/,
    repair: /npm run stripe -- webhook create/,
    endsByItself: false,
  },
  {
    name: "a drifted record",
    happen: driftedRecord.happen,
    finding: /record differs from what Stripe has/,
    cause: /changed by hand/,
    repair: /npm run events -- drift --fix/,
    endsByItself: true,
  },
  {
    name: "a declined renewal",
    happen: declinedRenewal,
    finding: /renewal of \$19\.00 was declined and is still open/,
    cause: /issuer said \w+/,
    repair: /stripe invoices pay in_/,
    endsByItself: true,
  },
  {
    name: "a stuck run",
    happen: stuckRun.happen,
    finding: /run of process-payment-and-receipt has failed/,
    cause: /The step .* failed with [A-Z_]+/,
    repair: /\/retry/,
    endsByItself: false,
  },
  {
    name: "a denied policy",
    happen: policyEdit.happen,
    finding: /policy denies till stripe-create-payment-intent/,
    cause: /The rule .* decided so/,
    repair: /npm run policy -- explain/,
    endsByItself: false,
  },
];

/** Waits for the link. Throws what the start page lists instead. */
async function shownOn(page: Page, finding: RegExp): Promise<void> {
  const list = page.getByRole("region", { name: /attention/i });
  await list
    .getByRole("link", { name: finding })
    .first()
    .waitFor({ timeout: 90_000 })
    .catch(async () => {
      throw new Error(`The start page does not show ${finding}, but: ${await list.textContent()}`);
    });
}

describe("given a running stack and its console", () => {
  let stage: OpenStage;
  let page: Page;
  let url: string;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    stage = await openStage();
    closing.push(stage.close);
    const served = await startConsoleProcess(stage.environment, { directory: stage.directory });
    url = served.url;
    closing.push(served.stop);
    const browser = await launchChromium();
    closing.push(() => browser.close());
    ({ page } = await openPage(browser));
  }, 300_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  it.each(CASES)(
    "the cause of $name, and its repair, are one click away from the start page",
    async ({ happen, finding, cause, repair, endsByItself }) => {
      await page.goto(url);
      stage.scene.begin();
      const happened = await happen(stage.scene);
      await shownOn(page, finding);
      await page.getByRole("link", { name: finding }).first().click();
      await page.getByRole("heading", { name: finding }).waitFor();
      const content = (await page.getByRole("main").textContent()) ?? "";
      expect(content).toMatch(cause);
      expect(content).toMatch(repair);
      await happened.repair();
      for (const { is, expected } of await happened.prove()) expect(is).toBe(expected);
      if (endsByItself) await page.getByRole("heading", { name: "This is over" }).waitFor();
    },
    300_000,
  );
});
