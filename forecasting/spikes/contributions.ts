import { fitLocal } from "../models/glm.ts";
import type { Term } from "../models/glm-design.ts";
import type { Panel } from "../series/panel.ts";

export type Contribution = {
  readonly name: string;
  readonly kind: Term;
  /** Effect on the log of the expected count, against an ordinary day of the training window. */
  readonly log: number;
  /** The same as a factor, exp(log). */
  readonly factor: number;
  /** The same in counts: what the forecast would lose without it. */
  readonly counts: number;
};

/**
 * What drives a group's forecast `h` moments ahead: the terms of its negative binomial regression on the log scale,
 * each against its mean over the training window, with thresholds and lags of a driver summed under its name.
 * Largest effect first.
 */
export function contributions(panel: Panel, g: number, origin: number, h: number): Contribution[] {
  const { design, coefficients, path, level } = fitLocal(panel, g, origin, h + 1, { hinges: true, lag: 3, waves: 2 });
  const { p, x } = design;
  const expected = path[h] as number;
  const sums = new Map<string, { kind: Term; log: number }>();
  for (let j = 0; j < p; j++) {
    const kind = design.terms[j] as Term;
    if (kind === "level") continue;
    let mean = 0;
    for (let i = 0; i < origin; i++) mean += (x[i * p + j] as number) / origin;
    const effect = ((x[(origin + h) * p + j] as number) - mean) * (coefficients[j] as number);
    const name =
      kind === "season"
        ? "season"
        : kind === "week"
          ? "weekday"
          : (design.names[j] as string).replace(/ (over [\d.]+|before)$/, "");
    const before = sums.get(name);
    sums.set(name, { kind, log: (before?.log ?? 0) + effect });
  }
  sums.set("recent level", { kind: "level", log: level.now * level.keep ** (h + 1) });
  return [...sums]
    .map(([name, { kind, log }]) => ({
      name,
      kind,
      log,
      factor: Math.exp(log),
      counts: expected * (1 - Math.exp(-log)),
    }))
    .sort((a, b) => Math.abs(b.log) - Math.abs(a.log));
}
