/** Functions, routes and workflows of the package. */
import { globSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { stageThrottles } from "../../../resources/throttles.ts";
import { loadProject } from "../../../scripts/generate/load-project.ts";
import { DEFINITIONS, FUNCTIONS, ofType, resources, text } from "./packaged.ts";

describe("given the package", () => {
  it("every function is in it, on Node 24 and arm64, each with its own role", () => {
    const functions = ofType("AWS::Lambda::Function");
    expect(functions.map(({ Properties }) => Properties.FunctionName).sort()).toEqual(
      FUNCTIONS.map((name) => `contractspec-stripe-dev-${name}`),
    );
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
  });

  it("every folder of functions/ is deployed", () => {
    expect(readdirSync("functions").sort()).toEqual(FUNCTIONS);
  });

  it("every route is in it, and only the routes that docs/security.md explains are open", () => {
    const routes = ofType("AWS::ApiGatewayV2::Route").map(({ Properties }) => ({
      route: String(Properties.RouteKey),
      open: Properties.AuthorizerId === undefined,
    }));
    const declared = DEFINITIONS.flatMap(({ configuration }) =>
      configuration.events.flatMap((event) => ("httpApi" in event ? [event.httpApi] : [])),
    );
    const sorted = (found: readonly { route: string; open: boolean }[]) =>
      found.toSorted((a, b) => (a.route < b.route ? -1 : 1));
    expect(sorted(routes)).toEqual(
      sorted(
        declared.map((httpApi) => {
          const { method, path, authorizer } = JSON.parse(text(httpApi));
          return { route: `${method} ${path}`, open: authorizer === undefined };
        }),
      ),
    );
    for (const { capabilityId } of loadProject().contracts)
      expect(routes).toContainEqual({ route: `POST /api/capabilities/${capabilityId}`, open: false });
    // docs/security.md gives the reason for every open route.
    const security = readFileSync("docs/security.md", "utf8");
    for (const { route } of routes.filter(({ open }) => open)) expect(security).toContain(`\`${route}\``);
  });

  it("every route is throttled, open ones more, and the stage is created after the routes that it throttles", () => {
    const [stage] = ofType("AWS::ApiGatewayV2::Stage");
    const { DependsOn, Properties } = stageThrottles(DEFINITIONS).extensions.HttpApiStage;
    expect(stage?.Properties).toMatchObject(Properties);
    expect(stage).toMatchObject({ DependsOn: expect.arrayContaining(DependsOn) });
    for (const id of DependsOn) expect(resources[id]?.Type).toBe("AWS::ApiGatewayV2::Route");
    for (const { Properties: route } of ofType("AWS::ApiGatewayV2::Route"))
      expect(Object.hasOwn(Properties.RouteSettings, String(route.RouteKey))).toBe(
        route.AuthorizerId === undefined,
      );
  });

  it("no origin may call the API from a browser by default", () => {
    const [api, ...others] = ofType("AWS::ApiGatewayV2::Api");
    expect(others).toEqual([]);
    expect(api?.Properties).toMatchObject({ ProtocolType: "HTTP" });
    expect(api?.Properties).not.toHaveProperty("CorsConfiguration");
  });

  it("every workflow is a Standard state machine whose references are resolved by the run, not by CloudFormation", () => {
    const machines = ofType("AWS::StepFunctions::StateMachine");
    expect(machines.map(({ Properties }) => Properties.StateMachineName).sort()).toEqual(
      globSync("workflows/*.yml")
        .map((file) => `contractspec-stripe-dev-${basename(file, ".yml")}`)
        .sort(),
    );
    for (const { Properties } of machines) {
      expect(Properties.StateMachineType).toBe("STANDARD");
      expect(text(Properties.DefinitionString)).not.toMatch(/\$\{(input|steps|error)\./);
    }
    expect(text(machines.map(({ Properties }) => Properties.DefinitionString))).toMatch(
      /\$\{!input\.customerEmail\}/,
    );
  });
});
