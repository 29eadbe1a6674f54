import { readEvidence } from "./evidence.ts";
import type { IncidentChange, Title } from "./page.ts";
import type { PlaceName } from "./text.ts";
import { CAUSE_DIMENSIONS, CAUSE_VALUES, REMEDY_WORDS } from "./words.ts";

type Language = keyof Title;
/** Drivers named in a text. */
const NAMED = 3;

/** How much it touches and what is to come; nothing for what the detector does not say. */
export function touched(incident: IncidentChange, language: Language): string {
  const { parcels, cases, customers, next24 } = incident;
  const parts: [number, string, string][] = [
    [parcels, `包裹 ${parcels} 个`, `${parcels} parcels`],
    [cases, `投诉 ${cases} 件`, `${cases} complaints`],
    [customers, `顾客 ${customers} 位`, `${customers} customers`],
  ];
  const known = parts.filter(([n]) => n > 0).map(([, zh, en]) => (language === "zh-CN" ? zh : en));
  const sizes =
    known.length === 0 ? "" : language === "zh-CN" ? `涉及${known.join("、")}。` : ` It touches ${known.join(", ")}.`;
  const n = Math.round(next24);
  if (n < 1) return sizes;
  return `${sizes}${language === "zh-CN" ? `未来 24 小时预计 ${n} 件。` : ` About ${n} more in the next 24 hours.`}`;
}

/** How many orders are predicted late, of how many due by when; undefined when the incident speaks of what has happened. */
export function foreseenText(
  { measure, evidence }: IncidentChange,
  language: Language,
  day: (at: number) => string,
): string | undefined {
  if (measure !== "predicted_late") return undefined;
  const found = readEvidence(evidence).alarms?.find((alarm) => alarm.measure === measure);
  if (!found?.ahead) return undefined;
  const [n, usual] = [found.observed, Math.round(found.expected * 10) / 10];
  const { due, by } = found.ahead;
  return language === "zh-CN"
    ? `${day(by)} 前到期的 ${due} 单中预计 ${n} 单超时，通常 ${usual} 单`
    : `Predicted late: ${n} of ${due} due by ${day(by)}, usual ${usual}`;
}

/** What drives it, with shares; nothing when nothing stands out. */
export function driven(
  drivers: readonly { readonly name: string; readonly share: number; readonly low: number; readonly high: number }[],
  language: Language,
  placeName: PlaceName,
): string {
  const named = drivers.slice(0, NAMED).map(({ name, share, low, high }) => {
    const words = name.split(" & ").map((part) => sayPart(part, language, placeName));
    return `${words.join(language === "zh-CN" ? "·" : ", ")} ${percent(share)} (${percent(low)}–${percent(high)})`;
  });
  if (named.length === 0) return "";
  return language === "zh-CN" ? `主要来自：${named.join("；")}。` : ` Driven by: ${named.join("; ")}.`;
}

export function helped(remedy: string, language: Language): string {
  const words = REMEDY_WORDS[remedy];
  return words === undefined ? "" : language === "zh-CN" ? `建议：${words[language]}。` : `${words[language]}. `;
}

function sayPart(part: string, language: Language, placeName: PlaceName): string {
  const at = part.indexOf("=");
  const [dimension, value] = [part.slice(0, at), part.slice(at + 1)];
  const kind = CAUSE_DIMENSIONS[dimension]?.[language] ?? dimension;
  const known =
    dimension === "stage" || dimension === "reason" || dimension === "cause"
      ? CAUSE_VALUES[value]?.[language]
      : undefined;
  return `${kind} ${known ?? placeName(dimension, value)[language]}`;
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;
