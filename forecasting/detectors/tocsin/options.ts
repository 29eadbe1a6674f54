import { z } from "zod";
import { TOCSIN_DEFAULTS, type TocsinOptions } from "../tocsin.ts";

const d = TOCSIN_DEFAULTS;
const cycle = z
  .object({
    period: z.number().gt(1),
    harmonics: z.number().int().min(1).exactOptional(),
    levels: z.boolean().exactOptional(),
  })
  .refine(({ period, levels }) => !levels || Number.isInteger(period), "levels: expected a whole period");

const shape = {
  alpha: z.number().gt(0).lt(1).default(d.alpha),
  freq: z.number().positive().finite().default(d.freq),
  trend: z.boolean().default(d.trend),
  seasonality: z.array(cycle).nullable().default(null),
  outbreaks: z
    .object({
      lengths: z.array(z.number().int().min(1)),
      lengthPriors: z.array(z.number().positive()),
      heights: z.array(z.number().positive()),
    })
    .default(() => ({
      lengths: [...d.outbreaks.lengths],
      lengthPriors: [...d.outbreaks.lengthPriors],
      heights: [...d.outbreaks.heights],
    })),
  weightsThreshold: z.number().positive().default(d.weightsThreshold),
  minCount: z.number().min(0).default(d.minCount),
  refit: z.number().int().min(1).nullable().default(d.refit),
  draws: z.number().int().min(32).default(d.draws),
  seed: z.number().int().default(d.seed),
  /** Columns of the table known in advance: holidays, promotions, interventions. */
  drivers: z.array(z.string()).default([]),
};

/** Option names of the method `tocsin`. */
export const TOCSIN_OPTION_NAMES: readonly string[] = Object.keys(shape);

/** @throws ZodError for options of the wrong kind */
export function parseTocsinOptions(options: unknown): { options: TocsinOptions; drivers: readonly string[] } {
  const { drivers, ...rest } = z.object(shape).parse(options);
  return { options: rest, drivers };
}
