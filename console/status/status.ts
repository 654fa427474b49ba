/** What the console shows, and what is switched on, read again while the page is looked at. */
import { computed, signal } from "@preact/signals";
import type { ConsoleStatus } from "../../scripts/console/status/routes.ts";
import { read, ServerProblem } from "../server.ts";

/** A change shows within this time in every open page. */
const READ_EVERY_MS = 2_000;

export const status = signal<ConsoleStatus | undefined>(undefined);
/** Why it could not be read the last time. */
export const statusProblem = signal<ServerProblem | undefined>(undefined);
/** The deployed stage; undefined for the local stack, and until it is known. */
export const stage = computed(() => status.value?.target.stage);

/** Whether Stripe is the emulator of the local stack, whose clock moves. */
export const hasEmulator = computed(() => status.value?.local?.clock !== undefined);

/** For one action: however often it is sent, it is done once. */
export const newKey = () => `${status.value?.server ?? ""}:${crypto.randomUUID()}`;

export async function readStatus(): Promise<void> {
  try {
    status.value = await read<ConsoleStatus>("status");
    statusProblem.value = undefined;
  } catch (thrown) {
    statusProblem.value =
      thrown instanceof ServerProblem ? thrown : new ServerProblem("INTERNAL", String(thrown));
  }
}

/** Until the returned function is called. */
export function followStatus(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const turn = async () => {
    if (!document.hidden) await readStatus();
    if (!isOver) timer = setTimeout(turn, READ_EVERY_MS);
  };
  void turn();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
