/** Part of `npm run lint`: Redocly's and Spectral's rules for docs/openapi.json. Prints what they find; then the exit status is 1. */
import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Ruleset, Spectral } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";

const FILE = "docs/openapi.json";
const source = readFileSync(FILE, "utf8");

const config = await createConfig({ extends: ["recommended-strict"] });
const ofRedocly = (await lintFromString({ source, absoluteRef: FILE, config })).map(
  ({ ruleId, message, location }) => `${location[0]?.pointer ?? "#/"} ${message} (Redocly, ${ruleId})`,
);

const spectral = new Spectral();
spectral.setRuleset(new Ruleset(oas));
const ofSpectral = (await spectral.run(JSON.parse(source))).map(
  ({ code, message, path }) => `#/${path.join("/")} ${message} (Spectral, ${code})`,
);

const found = [...ofRedocly, ...ofSpectral];
for (const line of found) console.error(`${FILE}${line}`);
console.log(`${FILE}: Redocly and Spectral found ${found.length} mistakes.`);
process.exitCode = found.length === 0 ? 0 : 1;
