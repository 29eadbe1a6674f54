import type { Digest } from "./budget.ts";
import { readCauses, readEvidence } from "./evidence.ts";
import { flowText } from "./flow-text.ts";
import { driven, foreseenText, helped, touched } from "./incident-words.ts";
import type { BreachChange, IncidentChange, OpenPage, Text, Texts, Title, WarningChange } from "./page.ts";
import type { AlertPolicy, Clock } from "./policy.ts";
import { warningTexts } from "./warning-text.ts";
import { BREACHES, DIMENSIONS, MEASURES, UNKNOWN_MEASURE } from "./words.ts";

/** Says pages in words, in both languages. */
export interface Writer {
  incident(incident: IncidentChange): Texts;
  warning(warning: WarningChange): Texts;
  clock(clock: Clock, open: readonly BreachChange[]): Texts;
  digest(digest: Digest): Texts;
  /** For a page that is over. */
  over(page: OpenPage): Texts;
}

/** What people call a region, hub or carrier. */
export type PlaceName = (dimension: string, value: string) => Title;

/** Places named in a text; the rest are left to the board. */
const NAMED = 3;
const LANGUAGES = ["zh-CN", "en"] as const;
type Language = (typeof LANGUAGES)[number];

/** @param placeName  names shown for codes */
export function createWriter(policy: AlertPolicy, placeName: PlaceName): Writer {
  const clockFace = new Intl.DateTimeFormat("sv-SE", {
    timeZone: policy.timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  const dayFace = new Intl.DateTimeFormat("sv-SE", { timeZone: policy.timeZone, dateStyle: "short" });
  const time = (at: number) => clockFace.format(at);
  const place = (dimension: string, value: string, language: Language) =>
    dimension === "all"
      ? (DIMENSIONS.all?.[language] ?? dimension)
      : `${DIMENSIONS[dimension]?.[language] ?? dimension} ${nameOf(dimension, value, language)}`;
  /** A lane is two regions. */
  const nameOf = (dimension: string, value: string, language: Language): string =>
    dimension === "lane"
      ? value
          .split(">")
          .map((region) => placeName("region", region)[language])
          .join(" → ")
      : placeName(dimension, value)[language];
  const both = (write: (language: Language) => Text): Texts => ({ "zh-CN": write("zh-CN"), en: write("en") });

  return {
    incident: (incident) =>
      both((language) => {
        const flow = flowText(
          incident,
          place(incident.dimension, incident.value, language),
          time(incident.since),
          language,
        );
        if (flow) return flow;
        const measure = MEASURES[incident.measure] ?? UNKNOWN_MEASURE;
        const where = place(incident.dimension, incident.value, language);
        const within = readEvidence(incident.evidence).within.slice(0, NAMED);
        const names = within.map(({ value, observed, expected }) => {
          const name = placeName("region", value)[language];
          return `${name} ${observed}/${round(expected)}`;
        });
        const times = incident.expected > 0 ? round(incident.observed / incident.expected) : "∞";
        const [n, expected, p] = [incident.observed, round(incident.expected), odds(incident.pValue)];
        const type = incident.type === "" ? "" : ` (${incident.type})`;
        const { name, whatToDo } = measure[language];
        const seen = foreseenText(incident, language, (at) => dayFace.format(at));
        const more = touched(incident, language);
        const drivers = driven(readCauses(incident.causes), language, placeName);
        const remedy = helped(incident.remedy, language);
        return language === "zh-CN"
          ? {
              title: `${where}：${name}异常增多`,
              what: `${name}${type}明显多于往常，自 ${time(incident.since)} 起。`,
              where: names.length > 0 ? `${where}；其中（实际/预期）${names.join("、")}` : where,
              howBad: `${seen ?? `最近窗口内 ${n} 件，预期 ${expected} 件`}（${times} 倍）；累计超出 ${incident.size} 件。${more}`,
              why: `与平时相比，偶然出现的概率约为 ${p}。${drivers}`,
              whatToDo: `${remedy}${whatToDo}`,
            }
          : {
              title: `${name} unusually high: ${where}`,
              what: `${name}${type} far above normal since ${time(incident.since)}.`,
              where: names.length > 0 ? `${where}; of that (seen/expected) ${names.join(", ")}` : where,
              howBad: `${seen ?? `${n} in the latest window, expected ${expected}`} (${times}x); ${incident.size} beyond the expected so far.${more}`,
              why: `Compared with what is normal here, the probability of this by chance is about ${p}.${drivers}`,
              whatToDo: `${remedy}${whatToDo}`,
            };
      }),

    warning: (warning) => warningTexts(warning, placeName("region", warning.region), (at) => dayFace.format(at)),

    clock: (clock, open) =>
      both((language) => {
        const regions = most(open.map(({ region }) => region).filter((region) => region !== ""));
        const named = regions.slice(0, NAMED).map(([region, n]) => `${placeName("region", region)[language]} ${n}`);
        const oldest = time(open.reduce((due, breach) => Math.min(due, breach.due), Number.POSITIVE_INFINITY));
        const { name, why, whatToDo } = BREACHES[clock][language];
        const where = named.join(language === "zh-CN" ? "、" : ", ");
        return language === "zh-CN"
          ? {
              title: `${name}：${open.length} 个工单`,
              what: `${open.length} 个工单${name}。`,
              where: where || "地区未知",
              howBad: `最早的一个在 ${oldest} 就已到期。`,
              why,
              whatToDo,
            }
          : {
              title: `${name}: ${open.length} ${open.length === 1 ? "case" : "cases"}`,
              what: `${open.length} open ${open.length === 1 ? "case has" : "cases have"} passed this limit.`,
              where: where || "region unknown",
              howBad: `The oldest was due at ${oldest}.`,
              why,
              whatToDo,
            };
      }),

    digest: ({ count, top }) =>
      both((language) => {
        const titles = top.map(({ title }) => title[language]);
        return language === "zh-CN"
          ? {
              title: `另有 ${count} 条告警合并通知`,
              what: `一小时内告警超过 ${policy.perHour} 条，之后的 ${count} 条合并在此。`,
              where: titles.join("；"),
              howBad: `其中最严重的 ${titles.length} 条如上。`,
              why: "多处同时出问题，往往有共同的原因。",
              whatToDo: "先看总览，找出共同的承运商、枢纽或地区，再逐条处理。",
            }
          : {
              title: `${count} more ${count === 1 ? "page" : "pages"} in one digest`,
              what: `More than ${policy.perHour} pages within an hour: the ${count} beyond them are gathered here.`,
              where: titles.join("; "),
              howBad: `The ${titles.length} heaviest are named above.`,
              why: "Trouble in many places at once often has one cause.",
              whatToDo: "Look at the overview for a carrier, hub or region they share before taking them one by one.",
            };
      }),

    over: ({ title, saidSize }) => ({
      "zh-CN": {
        title: `已恢复：${title["zh-CN"]}`,
        what: "触发告警的情况已经结束。",
        where: title["zh-CN"],
        howBad: `最近一次通报时规模为 ${saidSize}。`,
        why: "持续一段时间没有再出现异常。",
        whatToDo: "确认受影响的顾客都已得到答复，然后关闭。",
      },
      en: {
        title: `Resolved: ${title.en}`,
        what: "What raised this page is over.",
        where: title.en,
        howBad: `Its size was ${saidSize} when last told.`,
        why: "Nothing unusual was seen for a while.",
        whatToDo: "Check that the customers it touched were answered, then close it.",
      },
    }),
  };
}

const round = (x: number): number => Math.round(x * 10) / 10;

/** A probability as people read it: no more digits than it deserves. */
const odds = (p: number): string => (p < 1e-12 ? "< 1e-12" : p.toPrecision(1));

/** Values by how often they occur, most often first, equal ones in order of their name. */
function most(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}
