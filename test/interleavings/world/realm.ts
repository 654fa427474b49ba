/**
 * What a piece of code sees as the outside: time, timers, chance, its environment and its modules. Code that is loaded with a realm
 * has no other way to learn the time or to be woken, so a seed decides everything that it does.
 */
import crypto from "node:crypto";

export interface Realm {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Returns how to cancel it. */
  readonly timer: (delayMs: number, run: () => void) => () => void;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly env: Readonly<Record<string, string>>;
  /** A line on standard output. */
  readonly write: (text: string) => void;
  /** Requests over HTTP that go through no client of a vendor. */
  readonly fetch: Fetch;
}

export type Fetch = (url: string, init: RequestInit) => Promise<FetchedResponse>;

/** As much of a `Response` as our code reads. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: () => Promise<string>;
}

/** With it, a module registers what to do when its copy enters a realm. */
export const ON_ENTER = "__onEnter";

/** The names of `RealmGlobals.values`. */
export const REALM_NAMES = [
  "require",
  "module",
  "process",
  "Date",
  "Math",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "AbortSignal",
  "fetch",
  ON_ENTER,
] as const;

/** Loads a module that is shared by all realms: it must be pure. */
export type LoadShared = (name: string) => unknown;

/** The globals of one copy of the code. They stay the same; what they do depends on the realm that the copy has entered. */
export class RealmGlobals {
  readonly values: readonly unknown[];
  readonly #module: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  readonly #onEnter: (() => void)[] = [];
  #realm: Realm | undefined;

  constructor(modules: ReadonlyMap<string, unknown>, loadShared: LoadShared) {
    const realm = () => this.#current();
    const timers = timersOf(realm);
    const all = new Map([...ownModules(realm, timers), ...modules]);
    this.values = [
      (name: string) => all.get(name) ?? loadShared(name),
      this.#module,
      Object.create(process, {
        env: { get: () => this.#realm?.env ?? {} },
        stdout: { value: { write: (text: string) => realm().write(text) } },
      }),
      dateOf(realm),
      Object.create(Math, { random: { value: () => realm().random() } }),
      timers.setTimeout,
      timers.clearTimeout,
      () => {
        throw new Error("Nothing that runs in a simulated world may set an interval");
      },
      // The simulated clients have limits of their own, on the clock of the world.
      { timeout: () => new AbortController().signal, any: AbortSignal.any },
      (url: string, init: RequestInit) => realm().fetch(url, init),
      (reset: () => void) => void this.#onEnter.push(reset),
    ];
  }

  get exports(): Readonly<Record<string, unknown>> {
    return this.#module.exports;
  }

  enter(realm: Realm): void {
    this.#realm = realm;
    for (const reset of this.#onEnter) reset();
  }

  #current(): Realm {
    if (this.#realm === undefined) throw new Error("The code runs outside of every world");
    return this.#realm;
  }
}

function ownModules(realm: () => Realm, timers: ReturnType<typeof timersOf>): Map<string, unknown> {
  const delay = (ms: number) => new Promise<void>((resolve) => timers.setTimeout(() => resolve(), ms));
  const random = cryptoOf(realm);
  return new Map<string, unknown>([
    ["node:crypto", random],
    ["crypto", random],
    ["node:timers/promises", { setTimeout: delay }],
    ["node:timers", timers],
  ]);
}

class Timer {
  readonly cancel: () => void;
  constructor(cancel: () => void) {
    this.cancel = cancel;
  }
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
}

function timersOf(realm: () => Realm) {
  return {
    setTimeout: (run: (...args: readonly unknown[]) => void, ms = 0, ...args: readonly unknown[]) =>
      new Timer(realm().timer(ms, () => run(...args))),
    clearTimeout: (timer: unknown) => {
      if (timer instanceof Timer) timer.cancel();
    },
  };
}

function dateOf(realm: () => Realm): DateConstructor {
  const now = () => realm().now();
  return new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
  });
}

function cryptoOf(realm: () => Realm): object {
  const random = (limit: number) => Math.floor(realm().random() * limit);
  const randomBytes = (size: number) => {
    const bytes = Buffer.alloc(size);
    for (let place = 0; place < size; place += 1) bytes[place] = random(256);
    return bytes;
  };
  const randomUUID = () => {
    const hex = randomBytes(16).toString("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  return Object.create(crypto, {
    randomBytes: { value: randomBytes },
    randomUUID: { value: randomUUID },
    hkdfSync: { value: rememberedKey },
  });
}

const keys = new Map<string, ArrayBuffer>();

/** The same parameters give the same key, which is slow to make. */
function rememberedKey(
  digest: string,
  secret: string,
  salt: string,
  info: string,
  size: number,
): ArrayBuffer {
  const id = JSON.stringify([digest, secret, salt, info, size]);
  const key = keys.get(id) ?? crypto.hkdfSync(digest, secret, salt, info, size);
  keys.set(id, key);
  return key;
}
