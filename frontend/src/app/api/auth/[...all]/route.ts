import { handleAuth } from "../../../../server/auth/handler.ts";

const handler = (request: Request) => handleAuth(request);

export { handler as GET, handler as POST };
