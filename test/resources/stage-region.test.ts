import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { REGION_NAMES } from "../../resources/regions.ts";
import { claimedRegion, regionClaims, regionDisagreement } from "../../resources/stage-region.ts";

const folder = mkdtempSync(join(tmpdir(), "aws-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const config = (text: string) => {
  const file = join(folder, "config");
  writeFileSync(file, text);
  return file;
};
const NO_CONFIG = join(folder, "none");
const fileWith = (AWS_REGION?: string) => ({
  path: "stages/prod.env",
  values: AWS_REGION === undefined ? {} : { AWS_REGION },
});

describe("given the places that can name the region of a stage", () => {
  const maybe = fc.option(fc.constantFrom(...REGION_NAMES.slice(0, 3)), { nil: undefined });

  it("the region is clear exactly if all that name one name the same one", () => {
    fc.assert(
      fc.property(maybe, maybe, maybe, maybe, (option, ofFile, ofShell, ofProfile) => {
        const AWS_CONFIG_FILE = config(ofProfile === undefined ? "" : `[default]\nregion = ${ofProfile}\n`);
        const claims = regionClaims(fileWith(ofFile), { AWS_REGION: ofShell, AWS_CONFIG_FILE }, { option });
        // As in AWS's own tools, the profile does not count when the shell has a region.
        const named = [option, ofFile, ofShell ?? ofProfile].filter((region) => region !== undefined);
        const isClear = new Set(named).size <= 1;
        expect(regionDisagreement("prod", claims) === undefined).toBe(isClear);
        if (isClear) expect(claimedRegion(claims)).toBe(named[0] ?? "us-east-1");
      }),
    );
  });

  it("a disagreement names every place and its region", () => {
    const claims = regionClaims(
      fileWith("eu-central-1"),
      {
        AWS_PROFILE: "shop",
        AWS_CONFIG_FILE: config("[default]\nregion = us-east-2\n[profile shop]\nregion=us-west-2"),
      },
      { option: "eu-west-1" },
    );
    expect(
      regionDisagreement("prod", claims),
    ).toBe(`The stage prod has one region, but different ones are named here:
  eu-west-1: --region
  eu-central-1: AWS_REGION in stages/prod.env
  us-west-2: the AWS profile shop in ${join(folder, "config")}
Change or unset the wrong ones.`);
  });

  it.each([
    ["[default]\nregion = us-east-2\n", {}, {}, "us-east-2"],
    ["[profile shop]\nregion=us-west-2\noutput = json", { AWS_PROFILE: "shop" }, {}, "us-west-2"],
    ["[profile shop]\nregion = us-west-2\n", {}, { profile: "shop" }, "us-west-2"],
    ["[default]\nregion = us-east-2\n", { AWS_DEFAULT_REGION: "sa-east-1" }, {}, "sa-east-1"],
    [
      "[profile shop]\noutput = json\n[profile other]\nregion = us-west-2",
      { AWS_PROFILE: "shop" },
      {},
      "us-east-1",
    ],
  ])(
    "the configuration %j, the variables %j and the options %j give a region",
    (text, variables, options, region) => {
      const claims = regionClaims(fileWith(), { ...variables, AWS_CONFIG_FILE: config(text) }, options);
      expect(claimedRegion(claims)).toBe(region);
    },
  );

  it("without any of them, it is us-east-1", () => {
    expect(claimedRegion(regionClaims(fileWith(), { AWS_CONFIG_FILE: NO_CONFIG }))).toBe("us-east-1");
  });
});
