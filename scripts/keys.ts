/**
 * `npm run -s keys -- create|list|revoke|rotate`: API keys, on the local stack or on a deployed stage. A new key is
 * printed once, on standard output alone, so that it can be piped to where it is kept; the rest is on standard error.
 */
import { Problem } from "../lib/errors.ts";
import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from "../lib/identity/api-keys.ts";
import { LocalStackError } from "../local/ports.ts";
import { type KeysCommand, readCommand } from "./keys/command.ts";
import { endOf, keyTable } from "./keys/key-table.ts";
import { selectTarget } from "./target.ts";

/** API Gateway keeps the authorizer's answer: `resultTtlInSeconds` of serverless.yml. */
const CACHED = "The API may go on accepting it for 60 seconds.";

const now = new Date();
try {
  const { command, stage } = readCommand(process.argv.slice(2), now);
  selectTarget(stage);
  await run(command);
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}

async function run(command: KeysCommand): Promise<void> {
  switch (command.action) {
    case "create": {
      const { key, record } = await createApiKey(command.principal, command, now);
      console.error(
        `Made ${record.keyId} for ${record.principal.id}. This is the key; it is not shown again:`,
      );
      console.log(key);
      return;
    }
    case "list":
      console.log(keyTable(await listApiKeys(), now));
      return;
    case "revoke": {
      const { keyId, principal } = await revokeApiKey(command.keyId, now);
      console.error(`Revoked ${keyId} of ${principal.id}. ${CACHED}`);
      return;
    }
    case "rotate": {
      const { key, record, old } = await rotateApiKey(command.keyId, command, now);
      const end = old.expiresAt === undefined ? "" : ` works until ${endOf(old.expiresAt)} UTC.`;
      console.error(`Made ${record.keyId} for ${record.principal.id}; ${old.keyId}${end}`);
      console.error("This is the new key; it is not shown again:");
      console.log(key);
    }
  }
}

/** What an operator can act on: the problem, and what AWS said where it is AWS that did not answer. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof LocalStackError) return thrown.message;
  if (!(thrown instanceof Problem)) return thrown instanceof Error ? `${thrown.stack}` : String(thrown);
  if (!(thrown.cause instanceof Error)) return thrown.message;
  const { name, message } = thrown.cause;
  const where = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? `DynamoDB in ${process.env.AWS_REGION}`;
  return `${where}, table ${process.env.API_KEYS_TABLE}: ${name}${message === "" ? "" : `: ${message}`}. Is the local stack up (npm start), or the stage right (--stage)?`;
}
