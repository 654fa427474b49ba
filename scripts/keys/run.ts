/** Runs the chosen command of `npm run keys`. */
import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from "../../lib/identity/api-keys.ts";
import type { Circumstances, Verdict } from "../command-line/command.ts";
import { selectTables, selectTarget } from "../target.ts";
import type { KeysAsked } from "./command.ts";
import { endOf, keyTable } from "./key-table.ts";
import { refuseUnmentionedRoles } from "./known-roles.ts";

/** API Gateway caches the authorizer's response: `resultTtlInSeconds` of serverless.yml. */
const CACHED = "The API can still accept it for up to 60 seconds.";

export async function runKeys(asked: KeysAsked, { now, target }: Circumstances): Promise<Verdict> {
  if (asked.action === "create") refuseUnmentionedRoles(asked.principal.roles);
  selectTarget(target);
  await selectTables(target);
  switch (asked.action) {
    case "create": {
      const { key, record } = await createApiKey(asked.principal, asked, now);
      console.error(
        `Created ${record.keyId} for ${record.principal.id}. This is the key; it is not shown again:`,
      );
      console.log(key);
      return "nothing wrong";
    }
    case "list":
      console.log(keyTable(await listApiKeys(), now));
      return "nothing wrong";
    case "revoke": {
      const { keyId, principal } = await revokeApiKey(asked.keyId, now);
      console.error(`Revoked ${keyId} of ${principal.id}. ${CACHED}`);
      return "nothing wrong";
    }
    case "rotate": {
      const { key, record, old } = await rotateApiKey(asked.keyId, asked, now);
      const end = old.expiresAt === undefined ? "" : ` works until ${endOf(old.expiresAt)} UTC.`;
      console.error(`Created ${record.keyId} for ${record.principal.id}; ${old.keyId}${end}`);
      console.error("This is the new key; it is not shown again:");
      console.log(key);
      return "nothing wrong";
    }
  }
}
