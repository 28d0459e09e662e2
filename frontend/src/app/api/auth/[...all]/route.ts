import { handleAuth } from "../../../../server/auth/auth.ts";

const handler = (request: Request) => handleAuth(request);

export { handler as GET, handler as POST };
