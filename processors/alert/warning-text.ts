import { z } from "zod";
import type { Texts, Title, WarningChange } from "./page.ts";

const CAUSES = {
  promotion: { "zh-CN": "促销", en: "promotion" },
  weather: { "zh-CN": "天气", en: "weather" },
  backlog: { "zh-CN": "积压", en: "backlog" },
  season: { "zh-CN": "季节与星期", en: "season and weekday" },
  recent: { "zh-CN": "近期水平", en: "recent level" },
} as const satisfies Record<string, Title>;

const number = z.number();
const evidence = z.object({
  probability: number,
  capacity: number,
  mean: number,
  upper: number,
  causes: z.partialRecord(z.enum(Object.keys(CAUSES) as (keyof typeof CAUSES)[]), number),
  automatic: z.boolean(),
});

/** What a forecast warns of, in both languages. @param day  how a day is called */
export function warningTexts(warning: WarningChange, placeName: Title, day: (at: number) => string): Texts {
  return warning.kind === "drift" ? driftTexts(warning, day) : spikeTexts(warning, placeName, day);
}

function spikeTexts(warning: WarningChange, place: Title, dayOf: (at: number) => string): Texts {
  const said = evidence.safeParse(parsed(warning.evidence)).data;
  const day = dayOf(warning.day);
  const percent = said ? `${Math.round(100 * said.probability)} %` : "?";
  const [mean, capacity, upper] = [said?.mean, said?.capacity, said?.upper].map((n) =>
    n === undefined ? "?" : whole(n),
  );
  const why = (language: keyof Title) =>
    Object.entries(CAUSES)
      .map(([cause, name]) => ({ name: name[language], n: said?.causes[cause as keyof typeof CAUSES] ?? 0 }))
      .filter(({ n }) => Math.abs(n) >= 0.5)
      .sort((a, b) => Math.abs(b.n) - Math.abs(a.n))
      .map(({ name, n }) => `${name} ${n > 0 ? "+" : "−"}${whole(Math.abs(n))}`);
  const careful = said?.automatic === false;
  const [zh, en] = [why("zh-CN"), why("en")];
  return {
    // What is not understood is not to be acted on either.
    automatic: said?.automatic ?? false,
    "zh-CN": {
      title: `预计 ${day} 投诉超出处理能力：${place["zh-CN"]}`,
      what: `预计 ${day} 的投诉多于可处理的数量，概率 ${percent}。`,
      where: place["zh-CN"],
      howBad: `预计 ${mean} 件，每日可处理 ${capacity} 件；百分之五的可能超过 ${upper} 件。`,
      why: zh.length > 0 ? `各因素对当日件数的贡献：${zh.join("、")}。` : "没有单一的主要因素。",
      whatToDo: `在当日之前为该地区增派客服，并提前告知可能延误的顾客。${careful ? "该序列的预测近期不够可靠，不会据此自动处理，请人工判断。" : ""}`,
    },
    en: {
      title: `Complaints above capacity expected on ${day}: ${place.en}`,
      what: `More complaints than can be answered are expected on ${day}, with probability ${percent}.`,
      where: place.en,
      howBad: `${mean} expected against ${capacity} that can be answered a day; more than ${upper} with probability 5 %.`,
      why: en.length > 0 ? `Of these by cause: ${en.join(", ")}.` : "No single cause stands out.",
      whatToDo: `Put more agents on this region before that day, and tell customers whose parcels may be late.${careful ? " Forecasts of this series have not been reliable of late: nothing acts on them by itself, judge this one yourself." : ""}`,
    },
  };
}

function driftTexts(warning: WarningChange, dayOf: (at: number) => string): Texts {
  const [series, day] = [warning.series, dayOf(warning.day)];
  const biased = warning.evidence.includes('"biased"');
  return {
    "zh-CN": {
      title: `预测不再可靠：${series}`,
      what: biased ? `${series} 的预测近期总是偏向一侧。` : `${series} 的实际值落在预测区间之外的次数过多。`,
      where: series,
      howBad: `自 ${day} 起，任何自动处理都不再依据该预测。`,
      why: "最近四周按日比较，若预测可靠，偶然出现的概率低于千分之一。",
      whatToDo: "检查该序列是否有数据缺失、未公布的促销或口径变化；恢复后会自动解除。",
    },
    en: {
      title: `Forecasts no longer hold: ${series}`,
      what: biased
        ? `Forecasts of ${series} have been off to one side.`
        : `What came in ${series} fell outside of the forecast intervals too often.`,
      where: series,
      howBad: `Since ${day} nothing acts on these forecasts by itself.`,
      why: "Over the last four weeks, day by day; less than one in a thousand by chance if the forecasts held.",
      whatToDo: "Look for missing data, a sale nobody announced or a change of definition; it clears by itself.",
    },
  };
}

const whole = (n: number): string => String(Math.round(n));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
