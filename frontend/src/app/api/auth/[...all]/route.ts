import { getAuth } from "../../../../auth/server.ts";

const handler = (request: Request) => getAuth().handler(request);

export { handler as GET, handler as POST };
