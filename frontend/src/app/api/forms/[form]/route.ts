import { getAuth } from "../../../../server/auth/auth.ts";
import { isNativeForm, submitForm } from "../../../../server/auth/native-forms.ts";

/** `<form method="post" action="/api/forms/sign-in">` and its siblings; see native-forms.ts. */
export async function POST(request: Request, { params }: { params: Promise<{ form: string }> }) {
  const { form } = await params;
  if (!isNativeForm(form)) return new Response("Not found", { status: 404 });
  return submitForm(form, request, getAuth());
}
