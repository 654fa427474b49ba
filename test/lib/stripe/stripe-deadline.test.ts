import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { boundByDeadline, withinDeadline } from "../../../lib/stripe/stripe-deadline.ts";
import { givenStripeEmulator } from "../../steps/given-stripe-emulator.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const boundClient = (port: number) =>
  new Stripe("sk_test_local", {
    host: "127.0.0.1",
    port,
    protocol: "http",
    httpClient: boundByDeadline(Stripe.createNodeHttpClient()),
    maxNetworkRetries: 1,
    telemetry: false,
  });

/** Stands in for Stripe and misbehaves in ways that the emulator cannot; counts the requests it got. */
async function aServer(answer: Parameters<typeof createServer>[1]) {
  const seen = { requests: 0 };
  const server = createServer((request, response) => {
    seen.requests += 1;
    answer?.(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { client: boundClient(address.port), seen };
}

const soon = (ms = 300) => Date.now() + ms;
const timeout = expect.objectContaining({ code: "TIMEOUT", retryable: true });

describe("given a deadline for a call of the SDK", () => {
  it("a response in time is returned, and an error in time is thrown", async () => {
    const { emulator } = await givenStripeEmulator();
    const client = boundClient(emulator.port);
    await expect(withinDeadline(soon(10_000), () => client.customers.create())).resolves.toMatchObject({
      object: "customer",
    });
    await expect(
      withinDeadline(soon(10_000), () => client.customers.retrieve("cus_none")),
    ).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  });

  it("a call to a Stripe that hangs ends at the deadline, whatever the SDK's own timeout and retries are", async () => {
    const { emulator, orderFaults } = await givenStripeEmulator();
    await orderFaults({ kind: "delay", ms: 60_000, times: 5 });
    const client = boundClient(emulator.port);
    await expect(
      withinDeadline(soon(), () => client.customers.create({}, { timeout: 80_000, maxNetworkRetries: 2 })),
    ).rejects.toEqual(timeout);
  });

  it("a call to a Stripe that stalls in the middle of its response ends at the deadline", async () => {
    const { emulator, orderFaults } = await givenStripeEmulator();
    await orderFaults({ kind: "stall", ms: 60_000 });
    const client = boundClient(emulator.port);
    await expect(withinDeadline(soon(), () => client.customers.create())).rejects.toEqual(timeout);
  });

  it("a call to a Stripe that sends a byte now and then, which restarts the SDK's timeout, ends at the deadline", async () => {
    const { client } = await aServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const dripping = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(dripping));
    });
    await expect(withinDeadline(soon(), () => client.customers.create())).rejects.toEqual(timeout);
  });

  it("the SDK sends nothing more after the deadline", async () => {
    const { client, seen } = await aServer((request) => request.socket.destroy());
    let call: Promise<unknown> = Promise.resolve();
    // The SDK retries half a second after a closed connection.
    const bounded = withinDeadline(soon(), () => {
      call = client.customers.create();
      return call;
    });
    await expect(bounded).rejects.toEqual(timeout);
    await expect(call).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(seen.requests).toBe(1);
  });

  it("nothing is sent if the deadline has passed before the call", async () => {
    let called = false;
    const call = async () => {
      called = true;
    };
    await expect(withinDeadline(Date.now() - 1, call)).rejects.toEqual(timeout);
    expect(called).toBe(false);
  });
});
