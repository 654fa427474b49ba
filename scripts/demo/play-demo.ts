/** What every demo shares: a local stack that is stopped at the end, and the report of a step that fails. */
import { scrub } from "../../lib/scrub.ts";
import { type RunningStack, startStack } from "../../local/stack-process.ts";
import type { Verdict } from "../command-line/command.ts";
import { Timeline } from "../timeline.ts";

/** Plays on a new stack, with the Stripe emulator. Throws the LocalStackError of a stack that does not start. */
export async function playDemo(
  title: string,
  play: (stack: RunningStack, timeline: Timeline) => Promise<void>,
): Promise<Verdict> {
  const timeline = new Timeline();
  console.log(`contractspec-stripe: ${title}\n`);
  const stack = await boot(timeline);
  try {
    await play(stack, timeline);
    return "nothing wrong";
  } catch (failure) {
    console.error(
      `\nThe demo stopped: ${scrub(failure instanceof Error ? failure.message : String(failure))}`,
    );
    return "something wrong";
  } finally {
    await stack.stop();
  }
}

async function boot(timeline: Timeline): Promise<RunningStack> {
  try {
    return await timeline.step("local stack", "booted", () =>
      startStack({ env: { STRIPE_SECRET_KEY: "sk_test_local" } }),
    );
  } catch (failure) {
    throw failure instanceof Error ? failure.cause : failure;
  }
}
