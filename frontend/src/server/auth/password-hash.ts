import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { verifyPassword as verifyFormerly } from "better-auth/crypto";
import { authScope } from "./auth-scope.ts";
import { inHashTurn } from "./hash-turns.ts";

/** OWASP Password Storage Cheat Sheet: N=2^14, r=8, p=5; 16 MiB for each of five passes. */
const COST = { ln: 14, r: 8, p: 5 };
const KEY_LENGTH = 64;

/** `$scrypt$ln=14,r=8,p=5$salt$key`, the PHC string format, in base64url. */
const FORMAT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{1,100})\$([\w-]{1,200})$/;

/** Whether a hash has been made with today's cost. */
export const isCurrent = (hash: string): boolean =>
  hash.startsWith(`$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$`);

/** Hashes a password that `hashPassword` is asked for later, while the same question is answered. */
export async function prepareHash(password: string): Promise<void> {
  const scope = authScope.getStore();
  if (scope) scope.prepared = { password, hash: await hashPassword(password) };
}

export async function hashPassword(password: string): Promise<string> {
  const prepared = authScope.getStore()?.prepared;
  if (prepared?.password === password) return prepared.hash;
  const salt = randomBytes(16);
  const key = await inHashTurn(() => derive(password, salt, COST));
  const { ln, r, p } = COST;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
}

interface Given {
  hash: string;
  password: string;
}

/** Notes the hash of a password that is right: it may be another one when that is acted upon. */
export async function verifyPassword(given: Given): Promise<boolean> {
  const isRight = await inHashTurn(() => matches(given));
  const scope = authScope.getStore();
  if (scope && isRight) scope.verified = given.hash;
  return isRight;
}

/** Knows the hashes that Better Auth made by itself too (N=2^14, r=16, p=1: `salt:key`). */
async function matches(given: Given): Promise<boolean> {
  const [, ln, r, p, salt = "", key = ""] = FORMAT.exec(given.hash) ?? [];
  if (ln === undefined) {
    const isRight = await verifyFormerly(given);
    // Its cost is that of two passes, and time would tell which accounts have such a hash.
    if (!isRight) await derive(given.password, randomBytes(16), { ...COST, p: COST.p - 2 });
    return isRight;
  }
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const found = await derive(given.password, Buffer.from(salt, "base64url"), cost);
  const expected = Buffer.from(key, "base64url");
  return found.length === expected.length && timingSafeEqual(found, expected);
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  const N = 2 ** cost.ln;
  const options: ScryptOptions = { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_LENGTH, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
