/** Runs the operators' commands, correctly and incorrectly. */
import { keyIdOf } from "../../../lib/identity/api-key.ts";
import { CARD_SPELLINGS, exactly, PERSON } from "./canaries.ts";
import type { DrivenStack } from "./driven-stack.ts";

/** Rotates the key `old` without grace and revokes `gone`; lists, explains and verifies. */
export async function runCommands(
  stack: DrivenStack,
  { old, gone }: { old: string; gone: string },
): Promise<void> {
  const rotated = await stack.command("keys", ["rotate", keyIdOf(old), "--grace", "0s"]);
  stack.made.push(exactly("the key that replaced a rotated key", "key", rotated.stdout.trim()));
  await stack.command("keys", ["revoke", keyIdOf(gone)]);
  await stack.command("keys", ["list"]);
  for (const words of [[gone], ["revoke", gone], ["rotate", `Bearer ${gone}`], [`--${gone}`]]) {
    await stack.command("keys", words);
  }
  const input = { amount: 4200, metadata: { note: PERSON.note, address: PERSON.address } };
  const files = [
    stack.file(JSON.stringify(input)),
    stack.file(JSON.stringify({ ...input, [PERSON.name]: PERSON.email })),
    stack.file(JSON.stringify({ amount: PERSON.name, currency: CARD_SPELLINGS[1] })),
    stack.file(`${PERSON.name}, ${PERSON.address}`),
  ];
  for (const file of files) {
    await stack.command("policy", ["explain", "checkout", "stripe-create-payment-intent", file]);
  }
  await stack.command("audit", ["list", "--actor", PERSON.name]);
  await stack.command("audit", ["list", "--result", PERSON.name, "--limit", CARD_SPELLINGS[0]]);
  await stack.command("audit", ["list", "--json", "--limit", "100"]);
  await stack.command("audit", ["list"]);
  await stack.command("audit", ["verify", "--since", new Date().toISOString().slice(0, 10)]);
}
