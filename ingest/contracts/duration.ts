import { z } from "zod";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A length of time as people write it, `90s`, `10m`, `48h`, `7d`; read as ms. */
export const duration = z
  .string()
  .regex(PATTERN, "expected a number with a unit: 90s, 10m, 48h or 7d")
  .transform((text) => {
    const [, amount, unit] = PATTERN.exec(text) ?? [];
    return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  });
