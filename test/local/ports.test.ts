import { createServer } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { assertPortsFree, DEFAULT_PORTS, freePorts, LocalStackError, portsFrom } from "../../local/ports.ts";

describe("the ports of the local stack", () => {
  it("are the documented ports when the environment sets none", () => {
    expect(portsFrom({ PORT: "" })).toEqual(DEFAULT_PORTS);
  });

  it("can be changed by the environment", () => {
    expect(portsFrom({ MAILBOX_PORT: "9005" })).toEqual({ ...DEFAULT_PORTS, MAILBOX_PORT: 9005 });
  });

  it.each(["abc", "0", "70000", "-1", "80.5"])("are refused when one is %s", (PORT) => {
    expect(() => portsFrom({ PORT })).toThrow(`PORT=${PORT} is not a port`);
  });

  it("are refused when two are the same, naming both variables", () => {
    expect(() => portsFrom({ SQS_PORT: "8000" })).toThrow("DYNAMODB_PORT and SQS_PORT are both 8000");
  });

  it("that are in use are all named, with the variable that changes each of them", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const taken = typeof address === "object" && address !== null ? address.port : 0;
    const ports = { ...portsFrom(await freePorts()), PORT: taken, SQS_PORT: taken };

    const checking = assertPortsFree(ports, ["PORT", "LAMBDA_PORT", "SQS_PORT"]);

    await expect(checking).rejects.toThrow(LocalStackError);
    await expect(checking).rejects.toThrow(
      new RegExp(
        `^Port ${taken}, .* in use: .* set PORT .*\nPort ${taken}, .* in use: .* set SQS_PORT [^\n]*$`,
      ),
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(assertPortsFree(ports, ["PORT"])).resolves.toBeUndefined();
  });

  it("that are free are given out once, however many ask at a time", async () => {
    const given = await Promise.all(Array.from({ length: 150 }, () => freePorts()));
    const ports = given.flatMap((one) => Object.values(one));
    expect(new Set(ports).size).toBe(ports.length);
    await expect(
      assertPortsFree(portsFrom(given[0] ?? {}), ["PORT", "CONSOLE_PORT"]),
    ).resolves.toBeUndefined();
  });
});
