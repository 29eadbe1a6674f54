/** Unknown fields as they are stored: a JSON object, or nothing when there were none. */
export const extraOf = (extra: Readonly<Record<string, unknown>>): string =>
  Object.keys(extra).length > 0 ? JSON.stringify(extra) : "";
