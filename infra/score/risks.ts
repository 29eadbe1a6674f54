import { calibrationError, errorParts, precisionAt, reliability } from "../../forecasting/promise/score.ts";
import { DAYS, type Outcome, type Risk } from "./read.ts";

const RECALL = 0.6;

/**
 * The risks of orders that arrived, by days before the promise, beside the rule that warns of every open order.
 * @param outcomes  by order
 */
export function scoreRisks(risks: readonly Risk[], outcomes: ReadonlyMap<string, Outcome>) {
  const arrived = [...outcomes.values()].flatMap(({ promised, delivered }) =>
    promised === null || delivered === null ? [] : [delivered > promised],
  );
  const late = arrived.filter((is) => is).length;
  return DAYS.map((days) => {
    const said = risks.flatMap((one) => {
      const outcome = outcomes.get(one.orderId);
      if (one.daysBefore !== days || !outcome || outcome.promised === null || outcome.delivered === null) return [];
      const inside = outcome.delivered >= one.etaLow && outcome.delivered <= one.etaHigh;
      return [{ risk: one.risk, y: outcome.delivered > outcome.promised ? 1 : 0, inside }];
    });
    const round = (x: number | undefined) => (x === undefined ? null : Math.round(x * 1000) / 1000);
    const of = (n: number) => (said.length === 0 ? null : round(n / said.length));
    return {
      daysBefore: days,
      open: said.length,
      rule: of(said.reduce((n, { y }) => n + y, 0)),
      precisionAtRecall60: round(precisionAt(said, RECALL, late)),
      calibrationError: round(calibrationError(said)),
      error: partsOf(said),
      intervalCoverage: of(said.filter(({ inside }) => inside).length),
      reliability: reliability(said).map((bin) => ({
        ...bin,
        predicted: round(bin.predicted),
        observed: round(bin.observed),
      })),
    };
  });
}

/** Rounded; what remains beside reliability cannot be known from what the risks are made of. */
function partsOf(said: readonly { readonly risk: number; readonly y: number }[]) {
  const parts = errorParts(said);
  if (!parts) return null;
  const round = (x: number) => Math.round(x * 10_000) / 10_000;
  const { error, uncertainty, resolution, reliability: off } = parts;
  return {
    brier: round(error),
    uncertainty: round(uncertainty),
    resolution: round(resolution),
    reliability: round(off),
  };
}
