/**
 * Which IP addresses a notification may be sent to: those of the public internet. An endpoint's host must never lead to this
 * account's own network, to this machine or to the credentials that AWS offers at a link-local address. Pure.
 */
import { BlockList, isIP } from "node:net";

/**
 * The IPv4 networks that are not on the public internet.
 * Source: https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
const SPECIAL_V4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by customers of a provider
  ["127.0.0.0", 8], // this machine
  ["169.254.0.0", 16], // link-local, with the metadata of EC2 and ECS
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.31.196.0", 24], // AS112
  ["192.52.193.0", 24], // AMT
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["192.175.48.0", 24], // AS112
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
];

/** The only IPv6 network with public addresses. Those that contain an IPv4 address (mapped, NAT64) are outside of it. */
const GLOBAL_V6: readonly [network: string, prefix: number] = ["2000::", 3];
/**
 * What is special inside of it. Source: https://www.iana.org/assignments/iana-ipv6-special-registry/
 */
const SPECIAL_V6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 23], // protocol assignments, with Teredo, which contains IPv4 addresses
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4, which contains an IPv4 address
  ["2620:4f:8000::", 48], // AS112
  ["3fff::", 20], // documentation
];

const special = new BlockList();
for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, "ipv6");
const globalV6 = new BlockList();
globalV6.addSubnet(...GLOBAL_V6, "ipv6");
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** An interface id of ISATAP ends with an IPv4 address: `2600::5efe:10.0.0.1`. */
const ISATAP = /:(?:0|200)?:?5efe:[\da-f.:]+$/i;

/** Whether `address`, an IP address as DNS returns it, is on the public internet. False for any other text. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, "ipv4");
  if (version !== 6 || address.includes("%")) return false;
  return globalV6.check(address, "ipv6") && !special.check(address, "ipv6") && !ISATAP.test(address);
}

/** Whether `address` is this machine's own, in its usual form. */
export function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes("%")) return false;
  return loopback.check(address, version === 4 ? "ipv4" : "ipv6");
}
