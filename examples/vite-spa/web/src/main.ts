import { isAxiosError } from "axios";
import { api, issuer, pass } from "./api.ts";

const find = <T extends Element>(selector: string) => document.querySelector<T>(selector) as T;
const say = (text: string) => {
  find("[role=status]").textContent = text;
};

function onSubmit(form: string, act: (fields: Record<string, string>) => Promise<void>) {
  find<HTMLFormElement>(form).onsubmit = async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target as HTMLFormElement));
    await act(fields as Record<string, string>).catch((error: unknown) =>
      say(isAxiosError(error) ? `Refused: ${error.response?.status}` : String(error)),
    );
  };
}

async function load() {
  const { data } = await api.get<{ reader: string; articles: string[] }>("/articles");
  find("ul").replaceChildren(
    ...data.articles.map((text) =>
      Object.assign(document.createElement("li"), { textContent: text }),
    ),
  );
  say(`Signed in as ${data.reader}`);
}

onSubmit("#sign-up", async (fields) => {
  const { headers } = await issuer.post("/sign-up/email", { ...fields, name: fields.email });
  pass.adopt(String(headers["set-auth-jwt"]));
  await load();
});
onSubmit("#publish", async ({ title }) => {
  await api.put(`/articles/${encodeURIComponent(title ?? "")}`);
  await load();
});
load().catch(() => say("Signed out"));
