import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { clientAddress, parseNetworks } from "../src/server/config/client-address.ts";

function addressOf(peer: string, forwarded: string | undefined, trusted: string[]): string {
  const request = {
    socket: { remoteAddress: peer },
    headers: { "x-forwarded-for": forwarded },
  } as unknown as IncomingMessage;
  return clientAddress(request, parseNetworks("TRUSTED_PROXIES", trusted));
}

describe("without a trusted proxy", () => {
  test.each([undefined, "1.2.3.4", "1.2.3.4, 5.6.7.8", "nonsense"])(
    "X-Forwarded-For %s is ignored",
    (forwarded) => {
      expect(addressOf("203.0.113.9", forwarded, [])).toBe("203.0.113.9");
    },
  );

  test("the zone of a neighbour is dropped: Better Auth knows no such address", () => {
    expect(addressOf("fe80::1%eth0", undefined, [])).toBe("fe80::1");
  });

  test("the IPv6 spelling of an IPv4 peer is dropped", () => {
    expect(addressOf("::ffff:203.0.113.9", undefined, [])).toBe("203.0.113.9");
  });
});

describe("behind trusted proxies", () => {
  const trusted = ["10.0.0.0/8", "fd00::/8"];

  test.each([
    ["the client that the proxy saw", "10.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["not what the client invented", "10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"],
    ["through two proxies", "10.0.0.1", "198.51.100.7, 10.9.9.9", "198.51.100.7"],
    ["an invented inner proxy", "10.0.0.1", "10.1.1.1, 198.51.100.7", "198.51.100.7"],
    ["an IPv6 client", "fd00::1", "2001:db8::7", "2001:db8::7"],
    ["an IPv4 client in IPv6 spelling", "10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"],
    ["a proxy in IPv6 spelling", "::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["the proxy when it says nothing", "10.0.0.1", undefined, "10.0.0.1"],
    ["the proxy when it says nonsense", "10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"],
    ["an unknown peer, whatever it says", "203.0.113.9", "198.51.100.7", "203.0.113.9"],
  ])("%s", (_name, peer, forwarded, expected) => {
    expect(addressOf(peer, forwarded, trusted)).toBe(expected);
  });
});
