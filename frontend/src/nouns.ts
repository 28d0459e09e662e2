import type { Noun } from "./owned/noun";
import { tasks } from "./tasks/task";

/** Every noun that a user can own: kept over outages, exported, counted when signing out. */
export const nouns: readonly Noun[] = [tasks];
