import { handleAuth } from "../../../../auth/server.ts";

const handler = (request: Request) => handleAuth(request);

export { handler as GET, handler as POST };
