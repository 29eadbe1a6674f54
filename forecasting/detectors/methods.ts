import { z } from "zod";
import { BAYES_DEFAULTS, bayes } from "./bayes.ts";
import { CDC_DEFAULTS, cdc } from "./cdc.ts";
import { CUSUM_DEFAULTS, cusum } from "./cusum.ts";
import { EARS_DEFAULTS, ears } from "./ears.ts";
import { FARRINGTON_DEFAULTS, farrington } from "./farrington.ts";
import { FARRINGTON_FLEXIBLE_DEFAULTS, farringtonFlexible, NOUFAILY } from "./farrington-flexible.ts";
import { GLR_DEFAULTS, glr } from "./glr.ts";
import type { Judgement } from "./judgement.ts";
import { OUTBREAK_P_DEFAULTS, outbreakP } from "./outbreak-p.ts";
import { RKI_DEFAULTS, rki } from "./rki.ts";
import { ROGERSON_DEFAULTS, rogerson } from "./rogerson.ts";

/** One series for a method that judges steps: counts with NaN where missing, and the exposure if there is one. */
export type MethodInput = { readonly counts: Float64Array; readonly exposure: Float64Array | undefined };

export type Method = {
  /** The reference's own name first, then kinder ones. */
  readonly names: readonly string[];
  /** Option names understood; others are ignored and should be said so. */
  readonly options: readonly string[];
  /** @throws ZodError for options of the wrong kind, RangeError for options out of range or too short a history */
  readonly judge: (input: MethodInput, from: number, options: unknown) => Judgement;
};

/** Options the reference's control objects carry that change nothing here. */
export const IGNORED_OPTIONS: readonly string[] = ["range", "verbose", "plot", "glmWarnings", "fitFun", "name", "data"];

const level = z.number().gt(0).lt(1);
const steps = z.number().int().min(0);
const freq = z.number().positive();
const limit54 = z.tuple([z.number(), z.number()]);
const power = z.enum(["none", "1/2", "2/3"]);
const numbers = z.array(z.number()).transform((v) => Float64Array.from(v));

function method<S extends z.ZodRawShape>(
  names: readonly string[],
  shape: S,
  judge: (input: MethodInput, from: number, options: z.output<z.ZodObject<S>>) => Judgement,
): Method {
  const schema = z.object(shape);
  return {
    names,
    options: Object.keys(shape),
    judge: (input, from, options) => judge(input, from, schema.parse(options)),
  };
}

const window = (d: { b: number; w: number; actY: boolean; freq: number }) => ({
  b: steps.default(d.b),
  w: steps.default(d.w),
  actY: z.boolean().default(d.actY),
  freq: freq.default(d.freq),
});

const earsShape = (name: "C1" | "C2" | "C3") => ({
  method: z.enum(["C1", "C2", "C3"]).default(name),
  baseline: z.number().int().default(7),
  minSigma: z.number().default(0),
  alpha: level.optional(),
});

const earsMethod = (names: readonly string[], name: "C1" | "C2" | "C3") =>
  method(names, earsShape(name), ({ counts }, from, o) =>
    ears(counts, from, { ...o, alpha: o.alpha ?? EARS_DEFAULTS[o.method].alpha }),
  );

const bayesMethod = (names: readonly string[], d: (typeof BAYES_DEFAULTS)[keyof typeof BAYES_DEFAULTS]) =>
  method(names, { ...window(d), alpha: level.default(d.alpha) }, ({ counts }, from, o) => bayes(counts, from, o));

const rkiMethod = (names: readonly string[], d: (typeof RKI_DEFAULTS)[keyof typeof RKI_DEFAULTS]) =>
  method(names, window(d), ({ counts }, from, o) => rki(counts, from, o));

const flexibleMethod = (names: readonly string[], d: typeof NOUFAILY) =>
  method(
    names,
    {
      b: steps.default(d.b),
      w: steps.default(d.w),
      reweight: z.boolean().default(d.reweight),
      weightsThreshold: z.number().default(d.weightsThreshold),
      alpha: level.default(d.alpha),
      trend: z.boolean().default(d.trend),
      pThresholdTrend: z.number().default(d.pThresholdTrend),
      limit54: limit54.default([...d.limit54]),
      powertrans: power.default(d.powertrans),
      populationOffset: z.boolean().default(d.populationOffset),
      noPeriods: z.number().int().default(d.noPeriods),
      pastWeeksNotIncluded: steps.nullable().default(d.pastWeeksNotIncluded),
      thresholdMethod: z.enum(["delta", "nbPlugin", "muan"]).default(d.thresholdMethod),
      freq: freq.default(d.freq),
    },
    ({ counts, exposure }, from, o) => farringtonFlexible(counts, from, o, exposure),
  );

const season = z.object({
  S: z.number().int().min(0).default(1),
  trend: z.boolean().default(false),
  refit: z.boolean().default(false),
});

const glrMethod = (names: readonly string[], alpha: number | null) =>
  method(
    names,
    {
      mu0: z.union([numbers, season, z.null()]).default(null),
      alpha: z.number().nullable().default(alpha),
      "c.ARL": z.number().default(GLR_DEFAULTS["c.ARL"]),
      change: z.enum(["intercept", "epi"]).default(GLR_DEFAULTS.change),
      theta: z.number().nullable().default(GLR_DEFAULTS.theta),
      dir: z.enum(["inc", "dec"]).default(GLR_DEFAULTS.dir),
      ret: z.enum(["cases", "value"]).default(GLR_DEFAULTS.ret),
      Mtilde: z.number().int().default(GLR_DEFAULTS.Mtilde),
      M: z.number().int().default(GLR_DEFAULTS.M),
      freq: freq.default(GLR_DEFAULTS.freq),
    },
    ({ counts }, from, o) => glr(counts, from, o),
  );

const cusumMethod = (names: readonly string[], trans: typeof CUSUM_DEFAULTS.trans, m: typeof CUSUM_DEFAULTS.m) =>
  method(
    names,
    {
      k: z.number().default(CUSUM_DEFAULTS.k),
      h: z.number().default(CUSUM_DEFAULTS.h),
      m: z.union([z.number(), z.literal("glm"), z.null()]).default(m),
      trans: z
        .enum(["standard", "rossi", "anscombe", "anscombe2nd", "pearsonNegBin", "anscombeNegBin", "none"])
        .default(trans),
      alpha: z
        .number()
        .nullish()
        .transform((a) => a ?? CUSUM_DEFAULTS.alpha),
      freq: freq.default(CUSUM_DEFAULTS.freq),
    },
    ({ counts }, from, o) => cusum(counts, from, o),
  );

/** Every method of the reference library that judges steps of one series. */
export const METHODS: readonly Method[] = [
  earsMethod(["earsC", "ears", "c1", "earsC1"], "C1"),
  earsMethod(["c2", "earsC2"], "C2"),
  earsMethod(["c3", "earsC3"], "C3"),
  cusumMethod(["algo.cusum", "cusum"], "standard", null),
  cusumMethod(["rossi", "cusumRossi"], "rossi", null),
  flexibleMethod(["farringtonFlexible", "farrington-flexible"], FARRINGTON_FLEXIBLE_DEFAULTS),
  flexibleMethod(["noufaily"], NOUFAILY),
  method(
    ["farrington", "algo.farrington", "farrington96"],
    {
      b: steps.default(FARRINGTON_DEFAULTS.b),
      w: steps.default(FARRINGTON_DEFAULTS.w),
      reweight: z.boolean().default(FARRINGTON_DEFAULTS.reweight),
      alpha: level.default(FARRINGTON_DEFAULTS.alpha),
      trend: z.boolean().default(FARRINGTON_DEFAULTS.trend),
      limit54: limit54.default([...FARRINGTON_DEFAULTS.limit54]),
      powertrans: power.default(FARRINGTON_DEFAULTS.powertrans),
      fitFun: z
        .enum(["algo.farrington.fitGLM", "algo.farrington.fitGLM.fast", "algo.farrington.fitGLM.populationOffset"])
        .default(FARRINGTON_DEFAULTS.fitFun),
      freq: freq.default(FARRINGTON_DEFAULTS.freq),
    },
    ({ counts, exposure }, from, o) => farrington(counts, from, o, exposure),
  ),
  bayesMethod(["algo.bayes", "bayes", "bayes1", "algo.bayes1"], BAYES_DEFAULTS.bayes1),
  bayesMethod(["bayes2", "algo.bayes2"], BAYES_DEFAULTS.bayes2),
  bayesMethod(["bayes3", "algo.bayes3"], BAYES_DEFAULTS.bayes3),
  rkiMethod(["algo.rki", "rki", "rki3", "algo.rki3"], RKI_DEFAULTS.rki3),
  rkiMethod(["rki1", "algo.rki1"], RKI_DEFAULTS.rki1),
  rkiMethod(["rki2", "algo.rki2"], RKI_DEFAULTS.rki2),
  method(
    ["algo.cdc", "cdc"],
    {
      b: steps.default(CDC_DEFAULTS.b),
      m: steps.default(CDC_DEFAULTS.m),
      alpha: level.default(CDC_DEFAULTS.alpha),
      freq: freq.default(CDC_DEFAULTS.freq),
    },
    ({ counts }, from, o) => cdc(counts, from, o),
  ),
  method(
    ["algo.outbreakP", "outbreakP"],
    {
      k: z.number().default(OUTBREAK_P_DEFAULTS.k),
      ret: z.enum(["cases", "value"]).default(OUTBREAK_P_DEFAULTS.ret),
      maxUpperboundCases: z.number().default(OUTBREAK_P_DEFAULTS.maxUpperboundCases),
    },
    ({ counts }, from, o) => outbreakP(counts, from, o),
  ),
  method(
    ["algo.rogerson", "rogerson"],
    {
      theta0t: numbers.nullable().default(null),
      hValues: z.array(z.array(z.number()).min(2)).nullable().default(null),
      ARL0: z.number().default(ROGERSON_DEFAULTS.ARL0),
      s: z.number().default(ROGERSON_DEFAULTS.s),
      distribution: z.literal("poisson").default("poisson"),
      FIR: z.boolean().default(ROGERSON_DEFAULTS.FIR),
      limit: z.number().nullable().default(ROGERSON_DEFAULTS.limit),
      digits: z.number().int().default(ROGERSON_DEFAULTS.digits),
      freq: freq.default(ROGERSON_DEFAULTS.freq),
    },
    ({ counts }, from, o) => rogerson(counts, from, o),
  ),
  glrMethod(["algo.glrnb", "glrnb", "glr"], null),
  glrMethod(["algo.glrpois", "glrpois"], 0),
];

/** The method of that name, letter case aside; undefined if there is none. */
export function findMethod(name: string): Method | undefined {
  const wanted = name.toLowerCase();
  return METHODS.find((m) => m.names.some((n) => n.toLowerCase() === wanted));
}
