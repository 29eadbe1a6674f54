/** The watched region above a region, or undefined when it is at the top. */
export type Above = (region: string) => string | undefined;

/**
 * The watched region at the top that a region lies in. Nothing is remembered here: names come from outside, and are as
 * many as outsiders like.
 */
export function topOf(region: string, above: Above): string {
  let top = region;
  for (let up = above(top); up !== undefined; up = above(top)) top = up;
  return top;
}
