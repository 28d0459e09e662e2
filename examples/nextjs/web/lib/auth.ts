import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { gatepass } from "gatepass/server";

export const auth = betterAuth({
  database: new DatabaseSync(process.env.AUTH_DATABASE ?? "auth.sqlite"),
  baseURL: process.env.BETTER_AUTH_URL ?? "http://localhost:3000",
  emailAndPassword: { enabled: true },
  plugins: [gatepass()],
});
