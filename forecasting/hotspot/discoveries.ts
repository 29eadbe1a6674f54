/**
 * How improbable is improbable enough, where many are asked at once: a weak sign counts for more when many others show
 * one too, as they do when a cause is common. Of what is called unusual no larger a share is so by chance.
 * @param pValues  of all that are asked, any order
 * @param alpha    for one alone, > 0
 * @returns        the largest p-value that counts, at least alpha
 * @see Benjamini, Hochberg (1995), JRSS B 57; Benjamini, Yekutieli (2001), Annals of Statistics 29, for dependence of one sign
 */
export function discoveryLevel(pValues: readonly number[], alpha: number): number {
  const sorted = [...pValues].sort((a, b) => a - b);
  for (let k = sorted.length; k > 1; k--) if ((sorted[k - 1] as number) <= k * alpha) return k * alpha;
  return alpha;
}
