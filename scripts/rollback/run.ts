/** Runs `npm run rollback`. */
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { Problem } from "../../lib/errors.ts";
import type { Verdict } from "../command-line/command.ts";
import { applyVersion, bucketOf, type Surroundings, smoke, surroundingsOf } from "../deploy/apply-version.ts";
import { awsClients } from "../deploy/aws-clients.ts";
import { type Deployed, versionToGoBackTo } from "../deploy/history.ts";
import { type Place, placeOf } from "../deploy/place.ts";
import { stackMistake, stackNow } from "../deploy/stack.ts";
import { deployments, VERSION_OUTPUT } from "../deploy/versions.ts";
import { textTable } from "../text-table.ts";
import type { RollbackAsked } from "./command.ts";

/** What a person must know who goes back. */
const NOT_UNDONE = [
  "Going back changes code, settings and resources. It does not undo what the newer version has done:",
  "  - records stay as they are, also those in a form that the older version does not know;",
  "  - payments, refunds, mails and notifications stay made;",
  "  - workflow runs that have begun finish with the older code;",
  "  - secrets in SSM, and the webhook endpoint at Stripe, stay as they are.",
];

export function runRollback(asked: RollbackAsked): Promise<Verdict> {
  const place = placeOf(asked);
  return rollback(asked, place, surroundingsOf(awsClients(place.region)));
}

/** "something wrong" if the person declines, or a smoke call is not good. Throws NOT_FOUND if there is no such version. */
export async function rollback(
  { to, onlyList, yes }: Pick<RollbackAsked, "to" | "onlyList" | "yes">,
  place: Place,
  surroundings: Surroundings,
): Promise<Verdict> {
  const { clients } = surroundings;
  const { stackName, region, stage, secretsPath } = place;
  const stack = await stackNow(clients, stackName);
  if (stack === undefined) throw new Problem("NOT_FOUND", `There is no stack ${stackName} in ${region}`);
  const current = stack.outputs[VERSION_OUTPUT];
  const bucket = await bucketOf(surroundings, stackName);
  const history = await deployments(clients, place, bucket);
  if (onlyList) {
    printHistory(history, current);
    return "nothing wrong";
  }
  const mistake = stackMistake(stackName, region, stack.status);
  if (mistake !== undefined) throw new Problem("BAD_REQUEST", `${mistake.what}\n${mistake.remedy}`);
  const target = versionToGoBackTo(history, current, to);
  if (target === undefined) {
    const known = [...new Set(history.map(({ version }) => version))].join(", ") || "none";
    const asked = to === undefined ? "an earlier version" : `the version ${to}`;
    throw new Problem(
      "NOT_FOUND",
      `${stage} cannot go back to ${asked}. Versions that were deployed: ${known}`,
    );
  }
  console.log(
    `From version ${current ?? "unknown"} to ${target.version}, deployed at ${target.at} (${target.commit}).`,
  );
  for (const line of NOT_UNDONE) console.log(line);
  const outcome = await applyVersion(surroundings, place, bucket, target, { yes, onlyPlan: false });
  if (outcome === "declined") {
    console.log("Nothing was changed.");
    return "something wrong";
  }
  const { Parameter } = await clients.ssm.send(
    new GetParameterCommand({ Name: `${secretsPath}/STRIPE_WEBHOOK_SECRET`, WithDecryption: true }),
  );
  return (await smoke(surroundings, place, Parameter?.Value ?? "")) ? "nothing wrong" : "something wrong";
}

function printHistory(history: readonly Deployed[], current: string | undefined): void {
  const rows = history.map(({ version, at, commit }) => [
    version,
    at,
    commit,
    version === current ? "current" : "",
  ]);
  console.log(textTable([["VERSION", "DEPLOYED", "COMMIT", ""], ...rows]));
}
