/**
 * One computation at a time, and its result for everybody who asks meanwhile: ten open pages cost what one costs.
 * A slow result is kept for as long as four computations take, so that watching never becomes the main load.
 * Failures are not kept.
 */
export function remember<T>(compute: () => Promise<T>, now: () => number, keepMs = 1000): () => Promise<T> {
  let running: Promise<T> | undefined;
  let kept: { readonly value: T; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && now() < kept.untilMs) return kept.value;
    running ??= (async () => {
      const startMs = now();
      try {
        const value = await compute();
        const endMs = now();
        kept = { value, untilMs: endMs + Math.max(keepMs, 4 * (endMs - startMs)) };
        return value;
      } finally {
        running = undefined;
      }
    })();
    return running;
  };
}
