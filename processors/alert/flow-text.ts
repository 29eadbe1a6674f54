import { readEvidence } from "./evidence.ts";
import type { IncidentChange, Text } from "./page.ts";

type Language = "zh-CN" | "en";
type Said = Readonly<Record<Language, string>>;

const STAGES: Readonly<Record<string, Said>> = {
  handover: { "zh-CN": "揽收", en: "Hand-overs" },
  departure: { "zh-CN": "中转发出", en: "Departures" },
  arrival: { "zh-CN": "中转到达", en: "Arrivals" },
  customs: { "zh-CN": "清关放行", en: "Customs clearances" },
  delivery: { "zh-CN": "妥投", en: "Deliveries" },
};

/** What to do first, by what happened. */
const TO_DO = {
  stop: {
    "zh-CN":
      "马上电话联系负责人，问清停摆原因（罢工、封控、故障）；把待发包裹改派其他承运商或线路，暂停受影响线路的时效承诺。",
    en: "Call who is in charge and ask why it stopped (strike, closure, breakdown); give what waits to other carriers or lanes, and promise no dates there for now.",
  },
  surge: {
    "zh-CN": "核对是否批量补录或虚假签收；若属实，提前为下游站点加派人手。",
    en: "Check for scans entered in bulk or false sign-offs; if it is real, staff the stations downstream.",
  },
  silence: {
    "zh-CN": "联系对方技术人员恢复数据接口；恢复前不要把这些包裹当作滞留，相关致歉与补偿已暂缓，数据恢复后会自动复核。",
    en: "Ask their engineers to bring the feed back; until then do not take these parcels for stuck. Apologies for them are held and reconsidered when data returns.",
  },
} as const satisfies Record<string, Said>;

/**
 * A page about the flow of parcels or of data; undefined for other measures.
 * @param where  the place, in this language
 * @param since  the time it began, in words
 */
export function flowText(incident: IncidentChange, where: string, since: string, language: Language): Text | undefined {
  const { measure, observed, size, pValue } = incident;
  if (measure !== "handover" && measure !== "throughput" && measure !== "silence") return undefined;
  const { stage = "", change, hours = 0, waiting = 0, parcels = 0 } = readEvidence(incident.evidence);
  const expected = Math.round(incident.expected * 10) / 10;
  const p = pValue < 1e-12 ? "< 1e-12" : pValue.toPrecision(1);
  const zh = language === "zh-CN";
  const stuck = zh
    ? `在途或待处理 ${waiting} 件，其中已判定停滞 ${parcels} 件。`
    : `${waiting} parcels wait, ${parcels} of them are known to stand still.`;
  if (measure === "silence") {
    return zh
      ? {
          title: `数据中断：${where}`,
          what: `自 ${since} 起没有收到任何新的扫描数据；包裹状态未知，不等于停滞。`,
          where,
          howBad: `已中断 ${hours} 小时，缺约 ${size} 条扫描；涉及在途 ${waiting} 件，其间判为停滞 ${parcels} 件。`,
          why: `按该数据源每周各小时的规律，偶然静默这么久的概率不超过 ${p}。所有环节同时没有数据，不像罢工。`,
          whatToDo: TO_DO.silence[language],
        }
      : {
          title: `Data stopped: ${where}`,
          what: `No scan has come since ${since}. Its parcels are unknown, not stuck.`,
          where,
          howBad: `Silent for ${hours} h, about ${size} scans missing; ${waiting} parcels on the way, ${parcels} said to stand still meanwhile.`,
          why: `At this feed's rates by hour of week, so long a silence has a probability of at most ${p}. All stages stopped at once, unlike a strike.`,
          whatToDo: TO_DO.silence[language],
        };
  }
  const name = STAGES[stage]?.[language] ?? stage;
  if (change === "surge") {
    return zh
      ? {
          title: `${name}激增：${where}`,
          what: `自 ${since} 起${name}远多于上游待处理量和往常规律所能解释的水平。`,
          where,
          howBad: `实际 ${observed} 件，预期至多 ${expected} 件。${stuck}`,
          why: `偶然出现的概率不超过 ${p}。`,
          whatToDo: TO_DO.surge[language],
        }
      : {
          title: `${name} surge: ${where}`,
          what: `${name} since ${since} are far above what waits upstream and the season explain.`,
          where,
          howBad: `${observed} seen, at most ${expected} expected. ${stuck}`,
          why: `The probability of this by chance is at most ${p}.`,
          whatToDo: TO_DO.surge[language],
        };
  }
  return zh
    ? {
        title: `${name}骤降：${where}`,
        what: `自 ${since} 起${name}骤降，时效承诺可能还看不出异常。`,
        where,
        howBad: `实际 ${observed} 件，预期至少 ${expected} 件，少 ${size} 件。${stuck}`,
        why: `待处理量、每周规律和其他地点的共同变化都解释不了，偶然出现的概率不超过 ${p}。其他数据仍在到达，不是数据中断。`,
        whatToDo: TO_DO.stop[language],
      }
    : {
        title: `${name} collapsed: ${where}`,
        what: `${name} have collapsed since ${since}, while promises may still look fine.`,
        where,
        howBad: `${observed} seen, at least ${expected} expected: ${size} fewer. ${stuck}`,
        why: `Neither what waits, nor the season, nor what other places have in common explains it; by chance at most ${p}. Other data still comes, so it is no outage.`,
        whatToDo: TO_DO.stop[language],
      };
}
