/** The ports of the local stack: how each is set, and whether it is free. */

import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { fieldOf } from "../lib/untrusted.ts";

/** The default of every port, by the environment variable that changes it. */
export const DEFAULT_PORTS = {
  PORT: 3000,
  LAMBDA_PORT: 3002,
  STRIPE_EMULATOR_PORT: 12111,
  MAILBOX_PORT: 8005,
  API_REFERENCE_PORT: 8006,
  DYNAMODB_PORT: 8000,
  SQS_PORT: 9324,
  STEP_FUNCTIONS_PORT: 8083,
  CONSOLE_PORT: 8007,
} as const;

export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Readonly<Record<PortName, number>>;
export type Environment = Readonly<Record<string, string | undefined>>;

const PURPOSES: Record<PortName, string> = {
  PORT: "the HTTP API",
  LAMBDA_PORT: "the Lambda Invoke API",
  STRIPE_EMULATOR_PORT: "the Stripe emulator",
  MAILBOX_PORT: "the mailbox",
  API_REFERENCE_PORT: "the API reference",
  DYNAMODB_PORT: "DynamoDB",
  SQS_PORT: "SQS and SNS",
  STEP_FUNCTIONS_PORT: "Step Functions",
  CONSOLE_PORT: "the console",
};

export const PORT_NAMES = Object.keys(DEFAULT_PORTS).filter(
  (name): name is PortName => name in DEFAULT_PORTS,
);

/** A mistake in how the local stack was started. Its message says what to change, so no stack trace is shown. */
export class LocalStackError extends Error {
  override readonly name = "LocalStackError";
}

/** All ports from the environment. Throws a LocalStackError that lists every invalid or duplicate port. */
export function portsFrom(environment: Environment): Ports {
  const ports: Record<PortName, number> = { ...DEFAULT_PORTS };
  const mistakes: string[] = [];
  const users = new Map<number, PortName>();
  for (const name of PORT_NAMES) {
    const text = environment[name]?.trim();
    if (text !== undefined && text !== "") {
      if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) {
        mistakes.push(`${name}=${text} is not a port: it must be a whole number from 1 to 65535.`);
        continue;
      }
      ports[name] = Number(text);
    }
    const other = users.get(ports[name]);
    if (other !== undefined) {
      mistakes.push(
        `${other} and ${name} are both ${ports[name]}: ${PURPOSES[other]} and ${PURPOSES[name]} each need their own port.`,
      );
    }
    users.set(ports[name], name);
  }
  if (mistakes.length > 0) throw new LocalStackError(mistakes.join("\n"));
  return ports;
}

/** Throws a LocalStackError that lists those of the named ports that another process listens on. */
export async function assertPortsFree(ports: Ports, names: readonly PortName[]): Promise<void> {
  const free = await Promise.all(names.map((name) => isFree(ports[name])));
  const taken = names.filter((_, index) => !free[index]);
  if (taken.length === 0) return;
  const lines = taken.map(
    (name) =>
      `Port ${ports[name]}, for ${PURPOSES[name]}, is in use: stop the process that listens there, or set ${name} to a free port.`,
  );
  throw new LocalStackError(lines.join("\n"));
}

/**
 * Below the range that systems use for outgoing connections (Linux from 32768, others from 49152): one of those ports
 * might be in use before the stack listens on it.
 */
const FREE_PORTS = { from: 20_000, below: 32_000 };

/** Consecutive ports: the first one is listened on as long as this process lives, so that no other process gets the block. */
const BLOCK = 1 + PORT_NAMES.length;
const BLOCKS = Math.floor((FREE_PORTS.below - FREE_PORTS.from) / BLOCK);

/** One free port for each name, which no other call gets while this process lives, on this machine. */
export async function freePorts(): Promise<Record<PortName, string>> {
  for (;;) {
    const first = FREE_PORTS.from + BLOCK * randomInt(BLOCKS);
    const claim = await listen(first, "127.0.0.1").catch(() => undefined);
    if (claim === undefined) continue;
    const ports = PORT_NAMES.map((name, index) => [name, first + 1 + index] as const);
    const free = await Promise.all(ports.map(([, port]) => isFree(port)));
    if (free.every(Boolean))
      return {
        ...asText(DEFAULT_PORTS),
        ...Object.fromEntries(ports.map(([name, port]) => [name, String(port)])),
      };
    await claim.close();
  }
}

function asText(ports: Ports): Record<PortName, string> {
  return {
    PORT: String(ports.PORT),
    LAMBDA_PORT: String(ports.LAMBDA_PORT),
    STRIPE_EMULATOR_PORT: String(ports.STRIPE_EMULATOR_PORT),
    MAILBOX_PORT: String(ports.MAILBOX_PORT),
    API_REFERENCE_PORT: String(ports.API_REFERENCE_PORT),
    DYNAMODB_PORT: String(ports.DYNAMODB_PORT),
    SQS_PORT: String(ports.SQS_PORT),
    STEP_FUNCTIONS_PORT: String(ports.STEP_FUNCTIONS_PORT),
    CONSOLE_PORT: String(ports.CONSOLE_PORT),
  };
}

async function isFree(port: number): Promise<boolean> {
  // Both loopback addresses: a browser may resolve localhost to either.
  for (const host of ["127.0.0.1", "::1"]) {
    try {
      const server = await listen(port, host);
      await server.close();
    } catch (error) {
      const code = fieldOf(error, "code");
      if (code === "EADDRINUSE" || code === "EACCES") return false;
      // On a machine without IPv6 (EADDRNOTAVAIL, EAFNOSUPPORT), nothing can listen there.
    }
  }
  return true;
}

function listen(port: number, host: string): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.unref().listen({ port, host }, () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        close: () => new Promise((closed) => server.close(() => closed())),
      });
    });
  });
}
