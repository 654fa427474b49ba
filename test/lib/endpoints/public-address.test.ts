import { isIP } from "node:net";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkedUrl } from "../../../lib/endpoints/endpoint-url.ts";
import { guardedLookup, postNotification } from "../../../lib/endpoints/post-notification.ts";
import { isPublicAddress } from "../../../lib/endpoints/public-address.ts";
import { tries } from "../../steps/effort.ts";

/** Networks of IPv4 that are not public, as the first address and the number of fixed bits. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** The addresses next to those networks, which are public. */
const NEIGHBOURS = [
  ...[
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
  ],
  ...["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"],
  ...["198.17.255.255", "198.20.0.0", "198.51.99.255", "203.0.114.0", "223.255.255.255"],
];

const numberOf = (dotted: string) => dotted.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const dottedOf = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
const hexOf = (number: number) => `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;

const anyPrivateV4 = fc
  .constantFrom(...PRIVATE_V4)
  .chain(([network, bits]) =>
    fc.integer({ min: 0, max: 2 ** (32 - bits) - 1 }).map((rest) => numberOf(network) + rest),
  );

/** Ways to write or to carry an IPv4 address as one of IPv6. */
const DISGUISES: readonly (readonly [string, (address: number) => string])[] = [
  ["mapped", (address) => `::ffff:${dottedOf(address)}`],
  ["mapped, in hexadecimal", (address) => `::ffff:${hexOf(address)}`],
  ["mapped, in full", (address) => `0:0:0:0:0:FFFF:${hexOf(address)}`],
  ["compatible", (address) => `::${dottedOf(address)}`],
  ["translated", (address) => `::ffff:0:${hexOf(address)}`],
  ["NAT64", (address) => `64:ff9b::${hexOf(address)}`],
  ["local NAT64", (address) => `64:ff9b:1::${hexOf(address)}`],
  ["6to4", (address) => `2002:${hexOf(address)}::1`],
  ["Teredo", (address) => `2001:0:1234::${hexOf(~address >>> 0)}`],
  ["ISATAP", (address) => `2600::5efe:${hexOf(address)}`],
  ["ISATAP of a global address", (address) => `2600::200:5efe:${dottedOf(address)}`],
];

const runs = { numRuns: tries({ sample: 200, whole: 5_000 }) };

describe("given an address", () => {
  it("no private address of IPv4 is public, in whatever disguise", () => {
    fc.assert(
      fc.property(anyPrivateV4, (address) => {
        expect(isPublicAddress(dottedOf(address))).toBe(false);
        for (const [name, disguised] of DISGUISES) {
          expect([name, isIP(disguised(address))]).toEqual([name, 6]);
          expect([name, isPublicAddress(disguised(address))]).toEqual([name, false]);
        }
      }),
      { ...runs, examples: PRIVATE_V4.map(([network]) => [numberOf(network)]) },
    );
  });

  it("the first and the last address of each of these networks are not public, and their neighbours are", () => {
    for (const [network, bits] of PRIVATE_V4) {
      const first = numberOf(network);
      for (const address of [first, first + 2 ** (32 - bits) - 1])
        expect([dottedOf(address), isPublicAddress(dottedOf(address))]).toEqual([dottedOf(address), false]);
    }
    for (const address of NEIGHBOURS) expect([address, isPublicAddress(address)]).toEqual([address, true]);
  });

  it.each([
    ...["::", "::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"],
    ...["100::1", "2001::1", "2001:db8::1", "2001:20::1", "2002::1", "3fff::1", "4000::1", "5f00::1"],
    ...["2606:4700::1%lo", "", "localhost", "1.2.3", "0x7f.1", "1.2.3.4.5", "[2606:4700::1]"],
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(["1.1.1.1", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001:82a::200e", "2400:cb00::1"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe("given a name that is looked up when the connection is made", () => {
  type Found = readonly { readonly address: string; readonly family: number }[];
  /** What a connection gets for a name that leads to these addresses. */
  const lookedUp = (found: Found, all: boolean) =>
    new Promise<unknown>((resolve) => {
      const resolveName = ((_name: string, _options: object, callback: (error: null, found: Found) => void) =>
        callback(null, found)) as never;
      guardedLookup(isPublicAddress, resolveName)("example.com", { all }, (error, address) =>
        resolve(error?.message ?? address),
      );
    });
  const GOOD = { address: "93.184.215.14", family: 4 };
  const BAD = { address: "169.254.169.254", family: 4 };

  it("it gets public addresses, and none at all if one of them is not", async () => {
    expect(await lookedUp([GOOD], true)).toEqual([GOOD]);
    expect(await lookedUp([GOOD], false)).toBe(GOOD.address);
    for (const found of [[BAD], [GOOD, BAD], [BAD, GOOD], [GOOD, { address: "::ffff:a9fe:a9fe", family: 6 }]])
      for (const all of [true, false]) expect(await lookedUp(found, all)).toMatch("not public");
  });

  it.each(["http://127.0.0.1:9", "http://[::1]:9", "https://localhost:9", "http://[::ffff:7f00:1]:9"])(
    "nothing is sent to %s on a deployed stage",
    async (url) => {
      const post = { url, headers: {}, body: "{}", timeoutMs: 5_000 };
      expect(await postNotification(post, { loopback: false })).toEqual({
        kind: "none",
        reason: "address not public",
      });
    },
  );

  it("on the local stack only a URL that names this machine may lead to it", async () => {
    const post = { headers: {}, body: "{}", timeoutMs: 5_000 };
    expect(await postNotification({ ...post, url: "http://127.0.0.1:9" }, { loopback: true })).toMatchObject({
      reason: "connection failed",
    });
    expect(await postNotification({ ...post, url: "http://10.0.0.1:9" }, { loopback: true })).toMatchObject({
      reason: "address not public",
    });
  });
});

describe("given the URL of an endpoint", () => {
  it.each([
    ["https://example.com/hook?key=1", "https://example.com/hook?key=1"],
    ["https://EXAMPLE.com:8443", "https://example.com:8443/"],
    ["https://1.1.1.1/", "https://1.1.1.1/"],
  ])("%s is accepted", (url, written) => {
    expect(checkedUrl(url, { loopback: false })).toBe(written);
  });

  it.each([
    ["example.com", "must be a URL"],
    ["http://example.com", "must start with https://"],
    ["ftp://example.com", "must start with https://"],
    ["https://user:pass@example.com", "must not contain a user name"],
    ["https://example.com/#a", "must not have a fragment"],
    ["https://localhost/", "must name a host on the public internet"],
    ["https://db/", "must name a host on the public internet"],
    ["https://metadata.google.internal/", "must name a host on the public internet"],
    ["https://printer.local./", "must name a host on the public internet"],
    ["https://10.1.2.3/", "must name a host on the public internet"],
    ["https://0x7f000001/", "must name a host on the public internet"],
    ["https://2130706433/", "must name a host on the public internet"],
    ["https://[::ffff:10.0.0.1]/", "must name a host on the public internet"],
  ])("%s is refused: %s", (url, message) => {
    expect(() => checkedUrl(url, { loopback: false })).toThrow(`url ${message}`);
  });

  it("a very long one is refused", () => {
    const url = `https://example.com/${"a".repeat(2_048)}`;
    expect(() => checkedUrl(url, { loopback: false })).toThrow("url must have at most 2048 characters");
  });

  it("http is accepted only for this machine, and only on the local stack", () => {
    for (const url of ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:80/"]) {
      expect(checkedUrl(url, { loopback: true })).toBe(new URL(url).href);
      expect(() => checkedUrl(url, { loopback: false })).toThrow();
    }
    expect(() => checkedUrl("http://example.com/", { loopback: true })).toThrow("or http://localhost");
    expect(() => checkedUrl("https://192.168.0.1/", { loopback: true })).toThrow("public internet");
  });
});
