import { getAuth } from "../../../../server/auth/auth.ts";
import { isNativeForm, submitForm } from "../../../../server/auth/native-forms.ts";
import { errorBody } from "../../../../server/http/error-body.ts";

/** `<form method="post" action="/api/forms/sign-in">` and its siblings; see native-forms.ts. */
export async function POST(request: Request, { params }: { params: Promise<{ form: string }> }) {
  const { form } = await params;
  if (isNativeForm(form)) return submitForm(form, request, getAuth());
  return Response.json(errorBody(404, "NOT_FOUND", "There is nothing at this address."), {
    status: 404,
  });
}
