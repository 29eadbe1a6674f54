import { HOUR, MINUTE, nextOpen } from "./clock.ts";
import { exponential, type Random } from "./random.ts";

/** Local hours in which the desk works, every day. */
export const DESK_HOURS = { from: 9, to: 22 } as const;
/** Agents for every 550 orders of a calm day, and minutes of one case at the desk. */
const AGENTS = 3;
const CASE_MINUTES = 11;

/** Who answers a case opened at `opened`, and when. To be asked in order of opening: the line is first come, first served. */
export type Agents = (opened: number, r: Random) => { readonly agentId: string; readonly at: number };

export function agents(ordersPerDay: number): Agents {
  const free = new Array<number>(Math.max(2, Math.round((AGENTS * ordersPerDay) / 550))).fill(0);
  return (opened, r) => {
    let who = 0;
    for (let i = 1; i < free.length; i++) if ((free[i] ?? 0) < (free[who] ?? 0)) who = i;
    const noticed = opened + (25 + exponential(r, 130)) * 1000;
    const at = nextOpen(Math.max(noticed, free[who] ?? 0), DESK_HOURS.from, DESK_HOURS.to);
    free[who] = Math.min(at + (3 + exponential(r, CASE_MINUTES)) * MINUTE, at + HOUR);
    return { agentId: `A${String(who + 1).padStart(2, "0")}`, at };
  };
}
