/** Bytes of bodies that are held at one time: many honest senders at once must not fill the memory. */
export interface Budget {
  /** @returns what gives the bytes back, any number of times; undefined when there is no room for them */
  take(bytes: number): (() => void) | undefined;
  held(): number;
}

/** @param most  bytes; one body alone is always let in, or it could never be taken */
export function createBudget(most: number): Budget {
  let held = 0;
  return {
    take(bytes) {
      if (held > 0 && held + bytes > most) return undefined;
      held += bytes;
      let given = false;
      return () => {
        if (!given) held -= bytes;
        given = true;
      };
    },
    held: () => held,
  };
}
