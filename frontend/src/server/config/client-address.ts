import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { ConfigurationError, quote } from "./variables.ts";

/**
 * The header in which `server.ts` hands the client's address to Better Auth's rate limiter.
 * It overwrites whatever a client sent under this name.
 */
export const CLIENT_ADDRESS_HEADER = "x-gatepass-client-address";

/** The widest private networks there are: 10.0.0.0/8 and fc00::/7. */
const LEAST_BITS = { ipv4: 8, ipv6: 7 };

/** IPv4 in IPv6's spelling (RFC 4291, section 2.5.5.2), by which `BlockList` finds IPv4 too. */
const MAPPED_BITS = 96;
const MAPPED = new BlockList();
MAPPED.addSubnet("::ffff:0:0", MAPPED_BITS, "ipv6");

/**
 * Compiles addresses and networks (`10.0.0.0/8`, `::1`).
 *
 * @param name - the variable they come from
 * @throws {ConfigurationError} at the first that is neither
 */
export function parseNetworks(name: string, entries: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const entry of entries) {
    const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const version = isIP(address);
    const width = version === 6 ? 128 : 32;
    if (version === 0 || Number(bits ?? 0) > width) {
      throw new ConfigurationError(
        `${name} must hold IP addresses or networks such as 10.0.0.0/8, not ${quote(entry)}.`,
      );
    }
    const family = version === 6 ? "ipv6" : "ipv4";
    const network = new BlockList();
    network.addSubnet(address, Number(bits ?? width), family);
    const isMapped =
      family === "ipv6" && (MAPPED.check(address, family) || network.check("::ffff:0:0", family));
    const least = isMapped ? MAPPED_BITS + LEAST_BITS.ipv4 : LEAST_BITS[family];
    if (Number(bits ?? width) < least) {
      throw new ConfigurationError(
        `${name} must not trust half the world: ${quote(entry)} is too wide, name your proxies.`,
      );
    }
    networks.addSubnet(address, Number(bits ?? width), family);
  }
  return networks;
}

/**
 * The address of the client: the peer of the connection, or, as long as that is a trusted proxy,
 * the address it names as its own peer. `X-Forwarded-For` is read from the right, because only
 * what a trusted proxy appended is evidence; a client may invent the rest.
 */
export function clientAddress(request: IncomingMessage, trusted: BlockList): string {
  let address = plain(request.socket.remoteAddress ?? "");
  const hops = [request.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  while (isTrusted(address, trusted)) {
    const previous = plain(hops.pop()?.trim() ?? "");
    if (!isIP(previous)) break;
    address = previous;
  }
  return address;
}

/** The address, or of an IPv6 one the first 48 bits: the least that a provider hands out. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = (address.split("::", 1)[0] ?? "").split(":");
  return [0, 1, 2].map((index) => groups[index] || "0").join(":");
}

export function isTrusted(address: string, trusted: BlockList): boolean {
  return isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** Without the IPv6 spelling that a dual-stack socket gives to an IPv4 address, and without a zone. */
export function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "").split("%", 1)[0] ?? "";
}
