import type { Random } from "./random.ts";
import { pick } from "./random.ts";

/** What people complain about, with how they say it. `{item}`, `{place}`, `{days}` and `{order}` are filled in. */
const GRIEVANCES = {
  late: [
    "说好{days}天到的，现在还没收到，到底什么时候能送？",
    "{item}怎么还没到？都超时了！",
    "承诺的送达时间早过了，快递还在路上，等着用呢",
    "都第{days}天了还没送到，下次不敢买了",
    "一直显示派送中就是不送，打电话也没人接",
    "催了好几次，{place}这边还是没有人送货",
    "能不能快一点啊，孩子天天问{item}到哪了",
    "订单{order}超时未送达，请尽快处理并给个说法",
  ],
  tracking_not_updated: [
    "物流信息卡在{place}两天没动了，是不是丢了？",
    "快递停在{place}不动了，什么情况？",
    "物流一直不更新，{days}天了还是同一个地方",
    "包裹到{place}之后就没消息了，急用",
    "查了一百遍，还是“已到达{place}”，你们管不管？",
    "为什么物流不动了？订单{order}",
  ],
  damaged_or_lost: [
    "收到的{item}包装全破了，里面也坏了",
    "箱子压扁了，{item}碎了一地，要求赔偿",
    "快递暴力运输，{item}外壳裂开了，有照片",
    "包裹丢了？客服给个准话，退款还是补发",
    "打开一看{item}已经烂了，怎么吃？",
    "显示已签收，可我根本没收到{item}",
  ],
  pickup_point: [
    "没经过我同意就放驿站了，走路要二十分钟",
    "驿站说没有我的件，你们显示已签收",
    "明明写了送货上门，又丢到自提点",
    "柜子超时还要收费，凭什么？",
  ],
  not_as_described: [
    "{item}和图片完全两个颜色，太失望了",
    "尺寸不对，详情页写的和实物差很多",
    "说是加厚的，收到薄薄一层",
    "材质跟描述不符，要求退货退款",
  ],
  defective: [
    "{item}用了一天就坏了，质量太差",
    "{item}开不了机，刚拆的",
    "线头到处都是，还有破洞，质检怎么过的",
    "味道不对，怀疑变质了，吃了肚子疼",
    "少了个零件，根本装不上",
  ],
  counterfeit: [
    "感觉是假货，{item}防伪码查不到",
    "和专柜的不一样，怀疑买到假的，要求退一赔三",
    "批号扫不出来，这{item}是正品吗？",
  ],
  slow: ["客服半天不回，排队排了一个小时", "问了三遍都没人理", "转来转去没人解决问题，太慢了"],
  rude: ["客服态度很差，爱理不理的", "快递员打电话骂人，必须道歉", "问一句怼一句，什么服务态度"],
  tedious_after_sales: ["退货流程太麻烦了，要传五张照片", "退款一周了还没到账", "售后一直让我等，前后换了三个客服"],
  wrong_item: [
    "我买的是{item}，收到的根本不是这个，发错了吧",
    "货不对板，颜色尺码全发错",
    "发错货了，重新发要多久？",
    "拆开傻眼了，这不是我订的东西",
    "商家发错了，还让我自己出运费退？订单{order}",
  ],
  missing_item: ["买了两件只收到一件", "赠品没有发，漏发了吧", "{item}少了一个，麻烦补发"],
  cannot_cancel_or_change: ["点了取消还是发货了", "地址写错了改不了，客服也不管", "才下单一分钟就不让改，不合理"],
  promotion_dispute: [
    "双11说的满减怎么没减？",
    "刚付完款就降价了，要求补差价",
    "优惠券用不了，页面写的明明可以叠加",
    "预售价比现货还贵，这不是骗人吗",
    "定金付了尾款没有优惠，退我定金",
  ],
  privacy_leak: ["刚下单就接到诈骗电话，我的信息是不是泄露了？", "面单上电话地址全露着，隐私呢？"],
  harassment: ["给了差评以后商家一直打电话骚扰我", "快递员加我微信还半夜发消息，太可怕了"],
} as const;

export type Grievance = keyof typeof GRIEVANCES;

const BEFORE = ["", "", "", "", "你好，", "在吗？", "麻烦看一下，", "气死了，", "请问", "亲，", "投诉！"] as const;
const AFTER = ["", "", "", "", "谢谢", "！！", "尽快回复", "真的无语", "😡", "等回复。"] as const;
const AGAIN = ["又来问了，", "第二次找你们了，", "昨天说会处理，结果呢？", "还是没解决，", "再投诉一次，"] as const;

/** A customer's words; no two have to be alike. */
export function words(
  r: Random,
  grievance: Grievance,
  slots: { readonly item: string; readonly place: string; readonly days: number; readonly order: string },
  again: boolean,
): string {
  const said = pick<string>(r, GRIEVANCES[grievance])
    .replace("{item}", slots.item)
    .replace("{place}", slots.place)
    .replace("{days}", String(slots.days))
    .replace("{order}", slots.order);
  return pick<string>(r, again ? AGAIN : BEFORE) + said + pick<string>(r, AFTER);
}
