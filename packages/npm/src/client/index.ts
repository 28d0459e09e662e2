import type { BetterAuthClientPlugin } from "better-auth/client";
import type { gatepass } from "../server/index.ts";

/**
 * Types `authClient.gatepass.token()`.
 *
 * @example createAuthClient({ plugins: [gatepassClient()] })
 */
export const gatepassClient = () =>
  ({
    id: "gatepass",
    $InferServerPlugin: {} as ReturnType<typeof gatepass>,
  }) satisfies BetterAuthClientPlugin;
