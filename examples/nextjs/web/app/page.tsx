import { mintToken } from "gatepass/server";
import { headers } from "next/headers";
import { auth } from "../lib/auth";
import { SignUp } from "./sign-up";
import { Who } from "./who";

const api = process.env.API_URL ?? "http://localhost:8000";

/** The quote is asked for while the page is rendered: with a pass, where there is a session. */
export default async function Page() {
  const token = await mintToken(auth, await headers()).catch(() => undefined);
  const answer = await fetch(`${api}/api/quote`, {
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
  const { quote, for: reader } = await answer.json();
  return (
    <main>
      <h1>{quote}</h1>
      <p>{reader ? `Chosen for ${reader}` : "Chosen for nobody in particular"}</p>
      {reader ? <Who /> : <SignUp />}
    </main>
  );
}
