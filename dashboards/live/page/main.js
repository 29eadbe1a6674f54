const { lang, text, codes } = JSON.parse(document.getElementById("words").textContent);
const POLL_MS = 2000;
/** Without an answer for this long the page says so; event time may rest a little longer between batches. */
const LOST_MS = 7000;
const STILL_MS = 30_000;

const $ = (id) => document.getElementById(id);
const fill = (key, values) => text[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const count = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
const n = (x) => count.format(x);
const known = (kind, code) => (Object.hasOwn(codes[kind], code) ? codes[kind][code] : undefined);
const word = (kind, code) => known(kind, code) ?? code.replaceAll("_", " ");
const clock = new Intl.DateTimeFormat(lang, {
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const fullClock = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const zone =
  new Intl.DateTimeFormat(lang, { timeZoneName: "short" })
    .formatToParts(new Date())
    .find((p) => p.type === "timeZoneName")?.value ?? "";
const hour = new Intl.DateTimeFormat(lang, { month: "numeric", day: "numeric" });
const at = (iso) => el("time", { datetime: iso }, clock.format(new Date(iso)));
const money = (amount, currency) => {
  try {
    return new Intl.NumberFormat(lang, { style: "currency", currency }).format(amount);
  } catch {
    return `${amount} ${currency}`; // not a currency this browser knows
  }
};
const pill = (label, kind) => el("span", { class: `pill ${kind}` }, label);

let regions = {};
const region = (code) => (Object.hasOwn(regions, code) ? regions[code] : code);
const place = (x) => {
  if (x.dimension === "region") return region(x.value);
  if (x.value === "" || x.dimension === "all") return word("dimension", "all");
  return `${word("dimension", x.dimension)} ${x.dimension === "type" ? word("type", x.value) : x.value}`;
};
const about = (x) => [word("measure", x.measure), x.type && word("type", x.type)].filter(Boolean).join(" · ");

const share = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 });
/** A driver by its parts, such as `hub=X & stage=customs`. */
const driverName = (name) =>
  name
    .split(" & ")
    .map((part) => {
      const [dimension, value] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
      return `${word("driver", dimension)} ${dimension === "region" ? region(value) : (known("driverValue", value) ?? known("type", value) ?? value)}`;
    })
    .join(" · ");
const drivers = (x) =>
  el(
    "div",
    { class: "drivers" },
    ...x.causes
      .slice(0, 2)
      .flatMap(({ name, share: part, low, high }) => [
        el("div", {}, driverName(name)),
        el(
          "div",
          { class: "dim", title: `${share.format(low)}–${share.format(high)}` },
          el("meter", { min: 0, max: 1, value: part, "aria-hidden": "true" }),
          ` ${share.format(part)}`,
        ),
      ]),
    x.remedy ? el("div", { class: "remedy" }, word("remedy", x.remedy)) : "",
  );
const touches = (x) =>
  [
    [x.parcels, "touchedParcels"],
    [x.cases, "touchedCases"],
    [x.customers, "touchedCustomers"],
  ]
    .filter(([size]) => size > 0)
    .map(([size, key]) => fill(key, { a: n(size) }))
    .join(" · ") || "–";

function showClock(summary, status) {
  $("frontier").replaceChildren(
    ...(summary.frontier ? [fullClock.format(new Date(summary.frontier)), el("small", {}, ` ${zone}`)] : ["–"]),
  );
  $("speed").textContent = status.speed === null ? text.realTime : fill("times", { x: n(status.speed) });
  $("rate").textContent = n(status.eventsPerSecond);
  $("waiting").textContent = n(status.pending);
  $("progress").hidden = status.progress === null;
  if (status.progress !== null) $("progress").value = status.progress;
  $("detail").hidden = !status.detail;
  $("detail").textContent = status.detail ?? "";
}

function showTiles(s) {
  const tiles = [
    [text.received, s.events.received, fill("receivedNote", { a: n(s.events.repeated), b: n(s.events.rejected) })],
    [text.orders, s.orders, fill("ordersNote", { a: n(s.openOrders) })],
    [text.stalls, s.openStalls, fill("stallsNote", { a: n(s.stalls) })],
    [text.promises, s.promiseRisks, fill("promisesNote", { a: n(s.promiseBreaches) })],
    [text.openIncidents, s.incidentCounts.open, fill("ofAll", { a: n(s.incidentCounts.total) }), true],
    [text.cases, s.cases.open, fill("casesNote", { a: n(s.cases.total), b: n(s.cases.firstResponseOverdue) })],
    [text.actionsTile, s.actions.total, fill("actionsNote", { a: n(s.actions.awaitingApproval) })],
    [text.pagesTile, s.pages.open, fill("ofAll", { a: n(s.pages.total) }), true],
  ];
  $("tiles").replaceChildren(
    ...tiles.map(([label, value, note, alarming]) =>
      el(
        "div",
        { class: alarming && value > 0 ? "hot" : "" },
        el("dt", {}, label),
        el("dd", {}, n(value)),
        el("dd", {}, note),
      ),
    ),
  );
}

const state = (row) => (row.resolvedAt ? pill(text.resolved, "ok") : pill(text.ongoing, "lost"));
const severity = (row) => pill(word("severity", row.severity), row.resolvedAt ? "ok" : "lost");

function showSummary(s) {
  const shown = s.incidents.slice(0, 15);
  const cut = (some, all) => (some < all ? fill("showing", { a: n(some), b: n(all) }) : "");
  showTable(
    "incidents",
    [
      [text.place, place],
      [text.what, about],
      [text.excess, (x) => n(x.size), "num"],
      [text.touches, touches],
      [text.drivenBy, drivers, "full"],
      [text.since, (x) => at(x.since), "time"],
      [text.over, state],
    ],
    shown.map((x) => ({ ...x, name: place(x) })),
    { empty: text.noIncidents, note: cut(shown.length, s.incidentCounts.total) },
  );
  showTable(
    "pages",
    [
      [text.severity, severity],
      [text.what, (x) => x.title],
      [text.time, (x) => at(x.openedAt), "time"],
      [text.over, state],
    ],
    s.pages.latest,
    { empty: text.noPages, note: cut(s.pages.latest.length, s.pages.total) },
  );
}

const dayOf = new Intl.DateTimeFormat(lang, { month: "numeric", day: "numeric", weekday: "short" });
/** A day begins at midnight of the planners, wherever it is read: its noon is on the same date almost everywhere. */
const dayName = (iso) => dayOf.format(new Date(Date.parse(iso) + 12 * 3_600_000));
const signed = new Intl.NumberFormat(lang, { signDisplay: "exceptZero", maximumFractionDigits: 0 });
const because = (x) =>
  ["promotion", "weather", "backlog", "season", "recent"]
    .filter((cause) => Math.abs(x[cause]) >= 0.5)
    .sort((a, b) => Math.abs(x[b]) - Math.abs(x[a]))
    .map((cause) => `${text[cause]} ${signed.format(x[cause])}`)
    .join(" · ") || "–";

function showAhead(rows) {
  showTable(
    "ahead",
    [
      [text.day, (x) => el("time", { datetime: x.day }, dayName(x.day)), "time"],
      [text.place, (x) => region(x.region)],
      [
        text.chance,
        (x) =>
          el(
            "div",
            { class: "drivers" },
            el("meter", { min: 0, max: 1, value: x.probability, "aria-hidden": "true" }),
            ` ${share.format(x.probability)}`,
          ),
      ],
      [text.againstCapacity, (x) => `${n(x.mean)} / ${n(x.capacity)}`, "num"],
      [
        text.because,
        (x) => el("div", {}, because(x), x.automatic ? "" : el("div", { class: "dim" }, text.byPerson)),
        "full",
      ],
    ],
    rows,
    { empty: text.noAhead },
  );
}

function showLists({ stalled, actions, findings, chart, ahead }) {
  showAhead(ahead);
  const cut = stalled.rows.length < stalled.total ? { a: n(stalled.rows.length), b: n(stalled.total) } : null;
  showTable(
    "stalled",
    [
      [text.order, (x) => el("span", { title: x.orderId }, x.orderId), "id"],
      [text.stage, (x) => word("finding", x.kind)],
      [text.place, (x) => [x.hub, x.carrier, region(x.region)].filter(Boolean).join(" · ")],
      [text.since, (x) => at(x.since), "time"],
    ],
    stalled.rows,
    { empty: text.noStalled, note: cut ? fill("showing", cut) : "" },
  );
  showTable(
    "actions",
    [
      [text.time, (x) => at(x.at), "time"],
      [text.order, (x) => el("div", {}, x.orderId, el("div", { class: "dim" }, whatFor(x))), "wide"],
      [text.amount, (x) => money(x.amount, x.currency), "num"],
      [text.verdict, (x) => pill(word("verdict", x.verdict), x.verdict === "approved" ? "ok" : "wait")],
    ],
    actions,
    { empty: text.noActions },
  );
  showTable(
    "findings",
    [
      [text.time, (x) => at(x.at), "time"],
      [text.what, (x) => word("finding", x.kind)],
      [text.subject, (x) => el("span", { title: x.subject }, x.subject), "id"],
      [text.region, (x) => region(x.region)],
      [text.change, (x) => text[x.change] ?? x.change],
    ],
    findings,
    { empty: text.noFindings },
  );
  showChart(chart);
}

const whatFor = (action) => {
  const steps = action.steps.map((step) => word("step", step)).join(lang === "zh-CN" ? "、" : ", ");
  return `${word("cause", action.cause)} → ${steps}`;
};

let lastChart = [];
function showChart(points) {
  lastChart = points;
  const forecast = points.some((p) => p.expected !== null);
  $("chart-about").textContent = points.length === 0 ? "" : forecast ? text.withForecast : text.noForecast;
  $("legend").hidden = points.length === 0;
  if (points.length === 0) return $("chart").replaceChildren(el("p", { class: "empty" }, text.noChart));
  const most = Math.max(...points.map((p) => p.observed));
  drawChart($("chart"), points, {
    label: fill("chartLabel", { a: n(most), b: n(points.filter((p) => p.alarm).length) }),
    hour: (date) => (date.getHours() === 0 ? hour.format(date) : `${date.getHours()}:00`),
    tip: (p) =>
      `${clock.format(new Date(p.at))}: ${p.observed}${p.expected === null ? "" : ` (${text.expected} ${p.expected.toFixed(1)})`}`,
  });
}

const seen = {
  answerAt: performance.now(),
  frontier: "",
  movedAt: performance.now(),
  status: null,
  trouble: "",
  answered: false,
};

/** The live region says a new state once; the seconds beside it are not read out. */
function showState() {
  const now = performance.now();
  const silent = now - seen.answerAt;
  const still = seen.status?.pending > 0 && now - seen.movedAt > STILL_MS;
  let [label, kind] = [text.live, "ok"];
  if (seen.trouble !== "" && (silent > LOST_MS || !seen.answered)) [label, kind] = [seen.trouble, "lost"];
  else if (silent > LOST_MS) [label, kind] = [text.lost, "lost"];
  else if (seen.status === null) [label, kind] = [text.connecting, "wait"];
  else if (seen.status.phase === "failed") [label, kind] = [text.failed, "lost"];
  else if (still) [label, kind] = [text.still, "wait"];
  else if (seen.status.phase !== "running")
    [label, kind] = [text[seen.status.phase], seen.status.phase === "finished" ? "ok" : "wait"];
  const pillNode = $("state");
  if (pillNode.textContent !== label) pillNode.textContent = label;
  pillNode.className = `pill ${kind}`;
  $("age").textContent = seen.answered ? fill("updated", { s: n(Math.round(silent / 1000)) }) : "";
}

async function get(path) {
  const answer = await fetch(`${path}?lang=${lang}`, { signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(text.broken);
  return answer.json();
}

async function poll() {
  try {
    const [a, b] = await Promise.all([get("api/summary"), get("api/lists")]);
    regions = { ...a.regions, ...b.regions };
    if (a.summary.frontier !== seen.frontier)
      Object.assign(seen, { frontier: a.summary.frontier, movedAt: performance.now() });
    Object.assign(seen, { answerAt: performance.now(), status: a.status, trouble: "", answered: true });
    showClock(a.summary, a.status);
    showTiles(a.summary);
    showSummary(a.summary);
    showLists(b.lists);
  } catch (error) {
    seen.trouble = error instanceof Error && error.message === text.broken ? text.broken : text.lost;
  }
  showState();
  setTimeout(poll, POLL_MS);
}

document.querySelector(`nav a[lang="${lang}"]`).setAttribute("aria-current", "true");
addEventListener("resize", () => showChart(lastChart));
setInterval(showState, 1000);
poll();
