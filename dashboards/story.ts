import { duration, moment, number, percent, yuan } from "./format.ts";
import type { IncidentSummary, Summary } from "./summary/schema.ts";
import { type Lang, place, word } from "./words.ts";

/** Incidents told one by one; the rest is a number. */
const TOLD = 6;

type Teller = {
  readonly lang: Lang;
  readonly regionName: (code: string) => string;
  readonly at: (iso: string) => string;
  readonly n: (x: number, digits?: number) => string;
  readonly say: (zh: string, en: string) => string;
};

/**
 * The summary as a person would tell it: what happened, where, what was done, what to look at.
 * Says plainly when there was nothing.
 * @param regionName  name of a region code in `lang`; the code itself when it is unknown
 * @param timeZone    IANA zone in which times are told
 * @returns           lines separated by "\n", without colour or markup
 */
export function tell(
  summary: Summary,
  lang: Lang,
  regionName: (code: string) => string,
  timeZone = "Asia/Shanghai",
): string {
  const t: Teller = {
    lang,
    regionName,
    at: (iso) => moment(iso, timeZone),
    n: (x, digits = 0) => number(x, lang, digits),
    say: (zh, en) => (lang === "zh-CN" ? zh : en),
  };
  const part = (title: string, lines: string[]) => [title, ...lines.map((line) => `  - ${line}`), ""];
  return [
    ...part(t.say("发生了什么", "What happened"), happened(summary, t, timeZone)),
    ...part(t.say("在哪里", "Where"), where(summary, t)),
    ...part(t.say("做了什么", "What was done"), done(summary, t)),
    ...part(t.say("需要关注", "What to look at"), lookAt(summary, t)),
  ]
    .join("\n")
    .trimEnd();
}

function happened({ events, ...s }: Summary, t: Teller, zone: string): string[] {
  if (events.received === 0) return [t.say("还没有收到任何事件。", "No events came in.")];
  const lines: string[] = [];
  if (events.from !== null && events.to !== null)
    lines.push(
      t.say(
        `${t.at(events.from)} 至 ${t.at(events.to)}（${zone}）。`,
        `From ${t.at(events.from)} to ${t.at(events.to)} (${zone}).`,
      ),
    );
  lines.push(
    t.say(
      `收到 ${t.n(events.received)} 条记录：入库 ${t.n(events.accepted)}，重复 ${t.n(events.repeated)}，不合格 ${t.n(events.rejected)}。`,
      `${t.n(events.received)} records came in: ${t.n(events.accepted)} new, ${t.n(events.repeated)} repeated, ${t.n(events.rejected)} bad.`,
    ),
    t.say(
      `${t.n(s.orders)} 个订单，其中 ${t.n(s.openOrders)} 个尚未完成。`,
      `${t.n(s.orders)} orders, ${t.n(s.openOrders)} of them still open.`,
    ),
  );
  const kinds = s.findings.byKind.filter((row) => row.kind.startsWith("stalled")).slice(0, 4);
  const split = kinds.map((row) => `${word("finding", row.kind, t.lang)} ${t.n(row.total)}`).join(t.say("、", ", "));
  lines.push(
    s.stalls === 0
      ? t.say("没有包裹停滞。", "No parcel stood still for too long.")
      : t.say(`包裹停滞 ${t.n(s.stalls)} 次：${split}。`, `Parcels stood still ${t.n(s.stalls)} times: ${split}.`),
    s.promiseRisks + s.promiseBreaches === 0
      ? t.say("没有承诺时效告急。", "No promise was in danger.")
      : t.say(
          `承诺时效：事前预警 ${t.n(s.promiseRisks)} 次，未兑现 ${t.n(s.promiseBreaches)} 次。`,
          `Promises: ${t.n(s.promiseRisks)} warned of before they failed, ${t.n(s.promiseBreaches)} broken.`,
        ),
    s.cases.total === 0
      ? t.say("没有投诉。", "Nobody complained.")
      : t.say(
          `投诉 ${t.n(s.cases.total)} 件，其中重大 ${t.n(s.cases.major)} 件。`,
          `${t.n(s.cases.total)} complaints, ${t.n(s.cases.major)} of them major.`,
        ),
  );
  return lines;
}

function where({ incidents, incidentCounts }: Summary, t: Teller): string[] {
  if (incidentCounts.total === 0)
    return [t.say("没有哪个地区或环节异常。", "Nothing stood out in any place or stage.")];
  const lines = [...incidents]
    .sort((a, b) => b.size - a.size)
    .slice(0, TOLD)
    .map((x) => incidentLine(x, t));
  const rest = incidentCounts.total - lines.length;
  return rest === 0
    ? lines
    : [...lines, t.say(`另有 ${t.n(rest)} 起较小的事件。`, `And ${t.n(rest)} smaller incidents.`)];
}

function incidentLine(x: IncidentSummary, t: Teller): string {
  const what = [word("measure", x.measure, t.lang), x.type === "" ? "" : word("type", x.type, t.lang)];
  const named = what.filter((text) => text !== "").join(t.say("·", ", "));
  const at = place(x.dimension, x.value, t.lang, t.regionName);
  return t.say(
    `${at}（${named}）：比预期多 ${t.n(x.size)} 件，自 ${t.at(x.since)}，${x.resolvedAt === null ? "仍在持续" : `${t.at(x.resolvedAt)} 解除`}。`,
    `${at} (${named}): ${t.n(x.size)} more than expected, since ${t.at(x.since)}, ${x.resolvedAt === null ? "still going on" : `over at ${t.at(x.resolvedAt)}`}.`,
  );
}

function done({ actions, pages, cases }: Summary, t: Teller): string[] {
  const steps = actions.bySteps
    .slice(0, 5)
    .map((row) => `${word("step", row.step, t.lang)} ${t.n(row.total)}`)
    .join(t.say("、", ", "));
  const lines = [
    actions.total === 0
      ? t.say("没有需要对客户采取的行动。", "Nothing had to be done for a customer.")
      : t.say(
          `主动为客户采取 ${t.n(actions.approved)} 次行动（${steps}），金额 ${yuan(actions.amount, t.lang)}。`,
          `${t.n(actions.approved)} actions for customers before they asked (${steps}), ${yuan(actions.amount, t.lang)} in all.`,
        ),
    pages.total === 0
      ? t.say("没有呼叫任何人。", "Nobody was paged.")
      : t.say(
          `呼叫 ${t.n(pages.total)} 次，其中 ${t.n(pages.total - pages.open)} 次已解除。`,
          `${t.n(pages.total)} pages, ${t.n(pages.total - pages.open)} of them over.`,
        ),
  ];
  if (cases.respondedInTimeShare !== null)
    lines.push(
      t.say(
        `按时首次响应 ${percent(cases.respondedInTimeShare, t.lang)}`,
        `${percent(cases.respondedInTimeShare, t.lang)} of complaints had their first response in time`,
      ) +
        (cases.medianFirstResponseSeconds === null
          ? t.say("。", ".")
          : t.say(
              `，中位数 ${duration(cases.medianFirstResponseSeconds, t.lang)}。`,
              `, half of them within ${duration(cases.medianFirstResponseSeconds, t.lang)}.`,
            )),
    );
  return lines;
}

function lookAt({ actions, cases, events, ...s }: Summary, t: Teller): string[] {
  const todo: [count: number, zh: string, one: string, many: string][] = [
    [s.incidentCounts.open, "起事件仍在持续", "incident is still going on", "incidents are still going on"],
    [s.openStalls, "个包裹仍然停滞", "parcel still stands still", "parcels still stand still"],
    [
      actions.awaitingApproval,
      `次行动等待审批（${yuan(actions.amountAwaiting, t.lang)}）`,
      `action waits for approval (${yuan(actions.amountAwaiting, t.lang)})`,
      `actions wait for approval (${yuan(actions.amountAwaiting, t.lang)})`,
    ],
    [
      cases.firstResponseOverdue,
      "件投诉首次响应超时",
      "complaint had no first response in time",
      "complaints had no first response in time",
    ],
    [
      cases.repeatCustomers,
      "位客户因同一问题再次投诉",
      "customer complained again about the same issue",
      "customers complained again about the same issue",
    ],
    [actions.deliveries.failed, "条消息未送达", "message could not be delivered", "messages could not be delivered"],
    [
      events.rejected,
      "条记录不合格，见死信",
      "record was bad: see the dead letters",
      "records were bad: see the dead letters",
    ],
  ];
  const lines = todo
    .filter(([count]) => count > 0)
    .map(([count, zh, one, many]) => t.say(`${t.n(count)} ${zh}。`, `${t.n(count)} ${count === 1 ? one : many}.`));
  return lines.length === 0 ? [t.say("没有。", "Nothing.")] : lines;
}
