/** Candidate clusters: sets of locations grown outwards from each centre, one location at a time. */
export type Zones = {
  /** For each centre, the locations in the order they join; every prefix is a zone. */
  readonly orders: readonly Int32Array[];
  /** Distance of the last to join, for each prefix; NaN where zones are not circles. */
  readonly radii: readonly Float64Array[];
};

export type CircleLimits = {
  /** Largest share of the population in a zone. */
  readonly maxPopulation: number;
  /** Largest radius, in the unit of the distances. */
  readonly maxRadius: number;
};

const EARTH_RADIUS_KM = 6371;

/** Great-circle distances in kilometres, shape (n, n) row-major. @param points  degrees */
export function greatCircle(points: readonly { readonly lat: number; readonly lon: number }[]): Float64Array {
  const n = points.length;
  const radians = Math.PI / 180;
  const out = new Float64Array(n * n);
  points.forEach((a, i) => {
    points.forEach((b, j) => {
      const dLat = Math.sin(((b.lat - a.lat) * radians) / 2);
      const dLon = Math.sin(((b.lon - a.lon) * radians) / 2);
      const h = dLat * dLat + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * dLon * dLon;
      out[i * n + j] = 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
    });
  });
  return out;
}

/** Straight-line distances between points of a map, shape (n, n) row-major. */
export function euclidean(points: readonly { readonly x: number; readonly y: number }[]): Float64Array {
  return Float64Array.from(points.flatMap((a) => points.map((b) => Math.hypot(a.x - b.x, a.y - b.y))));
}

/**
 * Circles about every location, up to the limits. A location is always a zone of its own.
 * @param distances   shape (n, n) row-major
 * @param population  shape (n,), what maxPopulation is a share of
 * @see Kulldorff (1997), Communications in Statistics - Theory and Methods 26
 */
export function circles(distances: Float64Array, population: Float64Array, limits: CircleLimits): Zones {
  const n = population.length;
  const most = limits.maxPopulation * population.reduce((a, b) => a + b, 0);
  const orders: Int32Array[] = [];
  const radii: Float64Array[] = [];
  for (let centre = 0; centre < n; centre++) {
    const away = (j: number): number => distances[centre * n + j] as number;
    const near = Array.from({ length: n }, (_, j) => j).sort((a, b) =>
      a === centre ? -1 : b === centre ? 1 : away(a) - away(b) || a - b,
    );
    let size = 0;
    let held = 0;
    for (const j of near) {
      held += population[j] as number;
      if (size > 0 && (held > most || away(j) > limits.maxRadius)) break;
      size++;
    }
    orders.push(Int32Array.from(near.slice(0, size)));
    radii.push(Float64Array.from(near.slice(0, size), away));
  }
  return { orders, radii };
}
