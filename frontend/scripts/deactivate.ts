/**
 * Switches a user off at once, or on again.
 *
 * Usage: node scripts/deactivate.ts EMAIL [--reactivate]
 */
import { setDeactivated } from "../src/server/auth/deactivation.ts";
import { fail } from "../src/server/config/fail.ts";
import { start, withAuth } from "../src/server/start.ts";

const [email, option, ...rest] = process.argv.slice(2);
const reactivate = option === "--reactivate";
if (!email?.includes("@") || (option && !reactivate) || rest.length > 0) {
  fail("Usage: node scripts/deactivate.ts EMAIL [--reactivate]");
}

const config = start();
let found = false;
await withAuth(config, async (auth) => {
  found = await setDeactivated(auth, email, !reactivate);
});
if (!found) fail(`No user has the email ${email}.`);
console.log(
  reactivate
    ? `${email} may sign in again.`
    : `${email} is deactivated: sessions have ended; passes already issued live up to ${config.jwtExpiresIn} s.`,
);
