/** Weather of one place and day, as far as it is known. */
export interface Measures {
  /** Without what fell as snow, mm. */
  readonly rainMm?: number | undefined;
  /** As water, mm. */
  readonly snowMm?: number | undefined;
  /** Strongest sustained wind at 10 m, m/s. */
  readonly windMs?: number | undefined;
  readonly maxC?: number | undefined;
  readonly minC?: number | undefined;
}

type Bounds = readonly [number, number, number, number];

/**
 * From which value on each hazard has severity 1, 2, 3 and 4. Rain and snow by the daily classes of GB/T 28592-2012
 * (heavy, storm, great storm, extraordinary); wind by force 6, 8, 10 and 12 of GB/T 28591-2012; heat by the yellow,
 * orange and red signal of the China Meteorological Administration, and frost alike.
 */
export const SEVERITY_FROM: Readonly<Record<"heavy_rain" | "heavy_snow" | "wind" | "heat" | "frost", Bounds>> = {
  heavy_rain: [25, 50, 100, 250],
  heavy_snow: [5, 10, 20, 30],
  wind: [10.8, 17.2, 24.5, 32.7],
  heat: [35, 37, 40, 45],
  frost: [15, 25, 35, 45],
};

export interface Weighed {
  readonly hazard: keyof typeof SEVERITY_FROM | "none";
  /** 0..4 */
  readonly severity: number;
}

/** The worst hazard of a day; of equals the one named first in SEVERITY_FROM. */
export function weigh({ rainMm, snowMm, windMs, maxC, minC }: Measures): Weighed {
  const values = { heavy_rain: rainMm, heavy_snow: snowMm, wind: windMs, heat: maxC, frost: minC && -minC };
  let worst: Weighed = { hazard: "none", severity: 0 };
  for (const [hazard, bounds] of Object.entries(SEVERITY_FROM) as [keyof typeof SEVERITY_FROM, Bounds][]) {
    const value = values[hazard];
    const severity = value === undefined ? 0 : bounds.filter((from) => value >= from).length;
    if (severity > worst.severity) worst = { hazard, severity };
  }
  return worst;
}
