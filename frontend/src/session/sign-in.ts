import { authRequest } from "./auth-client";
import { browserSession } from "./session-control";

type Credentials = { email: string; password: string };

/** Signs in or up, keeps the pass that comes with the answer and tells the other tabs. */
async function begin(path: string, body: object): Promise<void> {
  const [answer, headers] = await authRequest<{ user: { id: string } }>(path, body);
  const { channel, pass } = browserSession();
  pass.adopt({ headers });
  channel.send({ type: "signed-in", userId: answer.user.id });
}

export function signIn(credentials: Credentials & { rememberMe: boolean }): Promise<void> {
  return begin("/sign-in/email", credentials);
}

export function signUp(credentials: Credentials & { name: string }): Promise<void> {
  return begin("/sign-up/email", credentials);
}
