import type { Lang } from "./words.ts";

export const number = (n: number, lang: Lang, digits = 0): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(n);

export const percent = (share: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);

export const yuan = (amount: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { style: "currency", currency: "CNY", maximumFractionDigits: 2 }).format(amount);

/** "2026-11-11 08:00": the same in every language, and it sorts. */
export function moment(iso: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(iso));
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}`;
}

/** "2 h 10 min", "45 s". */
export function duration(seconds: number, lang: Lang): string {
  const [h, min, s] = lang === "zh-CN" ? [" 小时", " 分钟", " 秒"] : [" h", " min", " s"];
  if (seconds < 60) return `${Math.round(seconds)}${s}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${min}`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}${h}${rest === 0 ? "" : ` ${rest}${min}`}`;
}
