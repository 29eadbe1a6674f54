/** What the tables call things, in the languages people read. A word nobody translated is shown as it is. */
export type Lang = "zh-CN" | "en";
export const LANGS: readonly Lang[] = ["zh-CN", "en"];

type Words = Readonly<Record<string, readonly [zh: string, en: string]>>;

const FINDING: Words = {
  stalled_payment: ["未付款停滞", "payment stalled"],
  stalled_pickup: ["待揽收停滞", "pick-up stalled"],
  stalled_transit: ["运输停滞", "stuck in transit"],
  stalled_delivery: ["派送停滞", "delivery stalled"],
  stalled_customs: ["清关停滞", "stuck at customs"],
  promise_at_risk: ["承诺时效有风险", "promise at risk"],
  promise_broken: ["已超承诺时效", "promise broken"],
  slow_customs: ["清关偏慢", "slow at customs"],
  pickup_at_risk: ["急件待揽收告急", "urgent pick-up at risk"],
  delivery_failed: ["派送失败", "delivery failed"],
  delivery_failed_again: ["多次派送失败", "delivery failed again"],
  abnormal_signoff: ["异常签收", "abnormal sign-off"],
  perishable_at_risk: ["生鲜时效告急", "perishable at risk"],
  near_expiry: ["临期商品", "near expiry"],
  repeated_contact: ["同一订单反复联系", "repeated contact"],
  lost: ["丢件", "lost"],
  damaged: ["破损", "damaged"],
  first_response_overdue: ["首次响应超时", "first response overdue"],
  investigation_overdue: ["调查超时", "investigation overdue"],
  repeat_complaint: ["同一问题重复投诉", "repeated complaint"],
};

const DIMENSION: Words = {
  region: ["地区", "region"],
  hub: ["分拨中心", "hub"],
  carrier: ["承运商", "carrier"],
  merchant: ["商家", "merchant"],
  category: ["品类", "category"],
  type: ["类型", "type"],
  lane: ["线路", "lane"],
  all: ["全部", "everywhere"],
};

const MEASURE: Words = {
  complaints: ["投诉", "complaints"],
  stalls: ["停滞包裹", "stalled parcels"],
  late: ["超时包裹", "late parcels"],
  handover: ["揽收异常", "hand-overs"],
  throughput: ["流转异常", "throughput"],
  silence: ["数据中断", "data silence"],
  slow: ["进度落后的包裹", "parcels behind schedule"],
  predicted_late: ["预计超时的订单", "orders predicted late"],
};

const CAUSE: Words = {
  stall: ["包裹停滞", "parcel stalled"],
  customs: ["清关停滞", "stuck at customs"],
  damage: ["破损", "damaged"],
};

const STEP: Words = {
  apology: ["致歉", "apology"],
  apologise: ["致歉", "apology"],
  express_upgrade: ["升级特快", "express upgrade"],
  coupon: ["优惠券", "coupon"],
  priority_clearance: ["优先清关", "priority clearance"],
  resend: ["补发", "resend"],
  refund: ["退款", "refund"],
  high_care: ["专人跟进", "high-care service"],
  dedicated_service: ["专属客服", "dedicated service"],
};

const VERDICT: Words = {
  approved: ["已批准", "approved"],
  awaiting_approval: ["待审批", "awaiting approval"],
  held: ["暂缓（数据中断）", "held until data is back"],
  dropped: ["已撤销", "dropped"],
};

const SEVERITY: Words = {
  critical: ["严重", "critical"],
  major: ["重大", "major"],
  high: ["高", "high"],
  warning: ["警告", "warning"],
  medium: ["中", "medium"],
  minor: ["一般", "minor"],
  low: ["低", "low"],
  info: ["提示", "info"],
};

/** Stages whose throughput is watched. */
const STAGE: Words = {
  handover: ["揽收", "hand-over"],
  departure: ["中转发出", "departure"],
  arrival: ["中转到达", "arrival"],
  customs: ["清关放行", "customs clearance"],
  delivery: ["妥投", "delivery"],
};

const TYPE: Words = {
  goods: ["商品", "goods"],
  logistics: ["物流", "logistics"],
  service: ["服务", "service"],
  order: ["订单", "order"],
  late: ["送达延误", "late delivery"],
  pickup: ["揽收", "pick-up"],
  transit: ["运输", "transit"],
  hub: ["分拨中心", "hub"],
  customs: ["清关", "customs"],
  delivery: ["派送", "delivery"],
  damaged_or_lost: ["破损或丢失", "damaged or lost"],
  tracking_not_updated: ["物流信息未更新", "tracking not updated"],
  pickup_point: ["代收点问题", "pick-up point"],
  not_as_described: ["描述不符", "not as described"],
  defective: ["质量问题", "defective"],
  counterfeit: ["假货", "counterfeit"],
  slow: ["响应慢", "slow service"],
  rude: ["态度差", "rude"],
  wrong_item: ["错发", "wrong item"],
  missing_item: ["漏发", "missing item"],
  unknown: ["未知", "unknown"],
};

export const WORDS = {
  finding: FINDING,
  dimension: DIMENSION,
  measure: MEASURE,
  step: STEP,
  cause: { ...FINDING, ...CAUSE },
  verdict: VERDICT,
  severity: SEVERITY,
  type: { ...TYPE, ...FINDING, ...STAGE },
} as const satisfies Record<string, Words>;

export type WordKind = keyof typeof WORDS;

/** The word for a code: a translation, or the code itself with its underscores made spaces. */
export function word(kind: WordKind, code: string, lang: Lang): string {
  const words: Words = WORDS[kind];
  const known = Object.hasOwn(words, code) ? words[code] : undefined;
  if (known !== undefined) return lang === "zh-CN" ? known[0] : known[1];
  return code.replaceAll("_", " ");
}

/** "region 440000" becomes "Guangdong"; "hub WUH" becomes "hub WUH". */
export function place(dimension: string, value: string, lang: Lang, regionName: (code: string) => string): string {
  if (dimension === "region") return regionName(value);
  if (dimension === "all" || value === "") return word("dimension", "all", lang);
  if (dimension === "lane") return value.split(">").map(regionName).join(" → ");
  if (dimension === "type") return word("type", value, lang);
  const kind = word("dimension", dimension, lang);
  return `${kind} ${value}`;
}
