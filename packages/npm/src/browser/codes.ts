/** Why a session is over, where the user may have none any more: both halves know it by this. */
export const ACCOUNT_DEACTIVATED = "ACCOUNT_DEACTIVATED";
