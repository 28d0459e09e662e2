import { createHmac } from "node:crypto";
import { signingKey } from "gatepass/server";
import { getAuth } from "../../../../server/auth/auth.ts";
import { getSession } from "../../../../server/auth/session.ts";

/** Longer ago than any gate's leeway, in seconds. */
const AGO = 120;

/** A pass of this user's as it was issued an hour ago and then some: its time is over. */
export async function GET(): Promise<Response> {
  const session = await getSession();
  if (!session) return new Response(null, { status: 401 });
  const { secret, kid } = signingKey((await getAuth().$context).secretConfig);
  const exp = Math.floor(Date.now() / 1000) - AGO;
  const { id: sub, email } = session.user;
  const signed = [
    { alg: "HS256", typ: "JWT", ...(kid && { kid }) },
    { sub, email, iat: exp - 3600, exp },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signature = createHmac("sha256", secret).update(signed.join(".")).digest("base64url");
  return Response.json({ token: [...signed, signature].join(".") });
}

/** Ends this session as another device does: without a word to this browser. */
export async function POST(): Promise<Response> {
  const session = await getSession();
  if (!session) return new Response(null, { status: 401 });
  const { adapter } = await getAuth().$context;
  await adapter.delete({ model: "session", where: [{ field: "id", value: session.sessionId }] });
  return new Response(null, { status: 204 });
}
