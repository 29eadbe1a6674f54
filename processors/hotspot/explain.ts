import type { Judgement } from "./judge.ts";

/** A region is not the place of an incident when hubs in it that alarm themselves hold this share of its excess. */
const EXPLAINED = 0.8;

const excess = ({ observed, expected }: Judgement): number => observed - expected;

/**
 * Leaves out the regions whose alarm is that of a hub in them: one jam is one incident.
 * @param judgements  of one full hour
 * @param home        the watched region of a hub
 */
export function withoutExplained(judgements: readonly Judgement[], home: ReadonlyMap<string, string>): Judgement[] {
  const byHubs = new Map<string, number>();
  const key = (measure: string, window: number, region: string) => `${measure}|${window}|${region}`;
  for (const judgement of judgements) {
    const region = judgement.dimension === "hub" && judgement.alarm ? home.get(judgement.value) : undefined;
    if (region === undefined) continue;
    const place = key(judgement.measure, judgement.window, region);
    byHubs.set(place, (byHubs.get(place) ?? 0) + excess(judgement));
  }
  return judgements.filter((judgement) => {
    if (judgement.dimension !== "region" || !judgement.alarm) return true;
    const explained = byHubs.get(key(judgement.measure, judgement.window, judgement.value)) ?? 0;
    return explained < EXPLAINED * excess(judgement);
  });
}
