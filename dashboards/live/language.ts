import type { Lang } from "../words.ts";

/** `?lang=` wins, then the first of Accept-Language that is ours, then English. */
export function language(asked: string | undefined, accept: string | undefined): Lang {
  const wanted = [asked ?? "", ...preferred(accept ?? "")];
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** Tags of an Accept-Language header, best first. Its length is bounded by the server's header limit. */
function preferred(header: string): string[] {
  return header
    .split(",")
    .map((item) => {
      const [tag = "", ...params] = item.trim().split(";");
      const q = params.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find((x) => x !== undefined);
      return { tag, q: q === undefined ? 1 : Number(q) };
    })
    .filter((item) => item.q > 0)
    .sort((a, b) => b.q - a.q)
    .map((item) => item.tag);
}
