import type { Title } from "./page.ts";
import type { Clock } from "./policy.ts";

type Words<Keys extends string> = Readonly<Record<keyof Title, Readonly<Record<Keys, string>>>>;

export const DIMENSIONS: Readonly<Record<string, Title>> = {
  region: { "zh-CN": "地区", en: "region" },
  hub: { "zh-CN": "枢纽", en: "hub" },
  carrier: { "zh-CN": "承运商", en: "carrier" },
  lane: { "zh-CN": "线路", en: "lane" },
  all: { "zh-CN": "全部", en: "everywhere" },
};

/** What is counted, and what to do when there is too much of it. */
export const MEASURES: Readonly<Record<string, Words<"name" | "whatToDo">>> = {
  complaints: {
    "zh-CN": {
      name: "投诉",
      whatToDo: "查看投诉类型与原因，给该地区客服增派人手，对尚未投诉的顾客先行告知。",
    },
    en: {
      name: "Complaints",
      whatToDo:
        "Look at types and causes, put more agents on this region, tell the customers who have not complained yet.",
    },
  },
  stalls: {
    "zh-CN": {
      name: "滞留包裹",
      whatToDo: "联系承运商或枢纽负责人确认原因，安排改道或加派运力；在恢复前不要承诺次日达。",
    },
    en: {
      name: "Stalled parcels",
      whatToDo:
        "Ask the carrier or hub for the cause, reroute or add courier capacity, promise no next-day delivery until it clears.",
    },
  },
  slow: {
    "zh-CN": {
      name: "进度落后的包裹",
      whatToDo: "这些包裹大半时限已过仍未送达：在超时之前加派运力，并主动告知顾客。",
    },
    en: {
      name: "Parcels behind schedule",
      whatToDo:
        "Most of their time is over and they are not there: add courier capacity before promises break, and tell the customers.",
    },
  },
  predicted_late: {
    "zh-CN": {
      name: "预计超时的订单",
      whatToDo: "承诺时间未到，仍可补救：加派运力、改派承运商；来不及的，在投诉之前告知顾客。",
    },
    en: {
      name: "Orders predicted late",
      whatToDo:
        "Their promises can still be kept: add courier capacity or change the carrier, and where it is too late tell the customers before they complain.",
    },
  },
  late: {
    "zh-CN": {
      name: "超时未达订单",
      whatToDo: "核对承诺时效是否仍可兑现，必要时延长承诺并主动告知顾客，为该地区增加运力。",
    },
    en: {
      name: "Orders past their promise",
      whatToDo:
        "Check whether promises here still hold, lengthen them and tell customers if not, add courier capacity.",
    },
  },
};

/** What drives an incident, by dimension of the search for causes. */
export const CAUSE_DIMENSIONS: Readonly<Record<string, Title>> = {
  ...DIMENSIONS,
  merchant: { "zh-CN": "商家", en: "merchant" },
  category: { "zh-CN": "品类", en: "category" },
  stage: { "zh-CN": "环节", en: "stage" },
  type: { "zh-CN": "投诉类型", en: "complaint type" },
  cause: { "zh-CN": "原因", en: "cause" },
  reason: { "zh-CN": "投诉内容", en: "what they say" },
  channel: { "zh-CN": "渠道", en: "channel" },
  version: { "zh-CN": "应用版本", en: "app version" },
};

/** Values of those dimensions that are codes of ours. */
export const CAUSE_VALUES: Readonly<Record<string, Title>> = {
  customs: { "zh-CN": "清关", en: "customs" },
  pickup: { "zh-CN": "揽收", en: "pick-up" },
  transit: { "zh-CN": "干线运输", en: "transit" },
  hub: { "zh-CN": "分拨中心", en: "hub" },
  delivery: { "zh-CN": "派送", en: "delivery" },
  label_unclear: { "zh-CN": "标签不清", en: "unclear label" },
  packaging: { "zh-CN": "包装", en: "packaging" },
  wrong_address: { "zh-CN": "地址错误", en: "wrong address" },
};

/** Remedies of the design, by the code hotspot suggests. */
export const REMEDY_WORDS: Readonly<Record<string, Title>> = {
  extra_couriers: { "zh-CN": "为该地加派运力", en: "Add courier capacity here" },
  reroute_hub: { "zh-CN": "绕开该枢纽改道", en: "Route around the hub" },
  priority_clearance: { "zh-CN": "申请优先清关", en: "Ask for priority clearance" },
  press_merchant: { "zh-CN": "催促商家发货", en: "Press the merchant to hand over" },
  check_goods: { "zh-CN": "请商家核查所发商品", en: "Have the merchant check what it sends" },
  change_carrier: { "zh-CN": "把新订单转给其他承运商", en: "Give new orders to another carrier" },
  relabel: { "zh-CN": "核查并重贴标签", en: "Check the labels and print them again" },
  roll_back_version: { "zh-CN": "回退该应用版本", en: "Roll that app version back" },
  tell_customers: { "zh-CN": "主动告知受影响的顾客", en: "Tell the customers it touches" },
  more_agents: { "zh-CN": "为该处增派客服", en: "Put more agents on it" },
};

/** For a measure these words do not know yet: a page in plain words is better than none. */
export const UNKNOWN_MEASURE: Words<"name" | "whatToDo"> = {
  "zh-CN": { name: "异常情况", whatToDo: "打开运营看板查看该处的详情，并联系负责人。" },
  en: { name: "Trouble", whatToDo: "Open the operations board for this place and call who is in charge of it." },
};

export const BREACHES: Readonly<Record<Clock, Words<"name" | "why" | "whatToDo">>> = {
  first_response_overdue: {
    "zh-CN": {
      name: "首次响应超时",
      why: "普通投诉应在规定时间内首次响应，这些工单还没有任何答复。",
      whatToDo: "从最早到期的工单开始答复；人手不足时从其他组调配。",
    },
    en: {
      name: "First response overdue",
      why: "A complaint is owed a first response in time, and nobody has answered these.",
      whatToDo: "Answer the oldest first; borrow agents from another group when there are too few.",
    },
  },
  investigation_overdue: {
    "zh-CN": {
      name: "重大投诉调查超时",
      why: "重大投诉应在规定时间内开始调查，这些工单尚未开始。",
      whatToDo: "立即指定负责人开始调查，并电话联系顾客。",
    },
    en: {
      name: "Major complaint not investigated in time",
      why: "A major complaint is owed an investigation in time, and none has started on these.",
      whatToDo: "Name somebody to investigate now, and call the customers.",
    },
  },
};
