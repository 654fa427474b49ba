/** An SSM on this machine that knows the tables of some stages, and the archives of their audit logs. */
import { afterAll, beforeAll } from "@jest/globals";
import { ARCHIVE_NAME, localArchiveName } from "../../resources/archive-bucket.ts";
import { localTableName, TABLES, tableNamesParameter } from "../../resources/tables.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "./loopback-server.ts";

const SERVICE = "contractspec-stripe";

/** For this test file. The tables are named as those of the local stack are: `contractspec-stripe-<stage>-api-keys`. */
export function deployedStages(...stages: readonly string[]): void {
  let ssm: LoopbackServer;
  const parameters = new Map(stages.map((stage) => [tableNamesParameter(SERVICE, stage), tablesOf(stage)]));
  beforeAll(async () => {
    ssm = await loopbackServer((_request, body, response) => {
      const names: string[] = JSON.parse(body.toString()).Names;
      const Parameters = names.flatMap((Name) => {
        const Value = parameters.get(Name);
        return Value === undefined ? [] : [{ Name, Type: "String", Value }];
      });
      answerJson(response, 200, { Parameters }, "application/x-amz-json-1.1");
    });
    process.env.AWS_ENDPOINT_URL_SSM = ssm.url;
    const s3 = process.env.AWS_ENDPOINT_URL_S3;
    for (const stage of s3 === undefined ? [] : stages) {
      await fetch(`${s3}/${localArchiveName(SERVICE, stage)}`, { method: "PUT" });
    }
  });
  afterAll(() => ssm.close());
}

function tablesOf(stage: string): string {
  return JSON.stringify(
    Object.fromEntries([
      ...TABLES.map((table) => [table, localTableName(table, SERVICE, stage)]),
      [ARCHIVE_NAME, localArchiveName(SERVICE, stage)],
    ]),
  );
}
