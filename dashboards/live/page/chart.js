/** An SVG element; attributes only, text through textContent. */
function svg(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** A round number not below x, for the top of the scale. */
function roundUp(x) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(x, 1)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((k) => k * unit).find((k) => k >= x);
}

/**
 * Bars of what was observed, a line of what was expected, a dashed one where an alarm begins.
 * Drawn at the width it is shown at, so text keeps its size on a phone.
 */
// biome-ignore lint/correctness/noUnusedVariables: used by main.js, which follows in the same document
function drawChart(box, points, { label, hour, tip }) {
  const width = Math.max(box.clientWidth, 280);
  const height = 190;
  const [left, right, top, bottom] = [34, 6, 12, 22];
  const highest = Math.max(...points.map((p) => Math.max(p.observed, p.upper ?? 0, p.expected ?? 0)));
  const max = roundUp(highest);
  const step = (width - left - right) / points.length;
  const x = (i) => left + i * step;
  const y = (v) => top + (1 - v / max) * (height - top - bottom);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label });

  for (const v of max % 2 === 0 ? [0, max / 2, max] : [0, max]) {
    root.append(svg("line", { x1: left, x2: width - right, y1: y(v), y2: y(v), class: "c-grid" }));
    root.append(svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, String(v)));
  }
  const every = step * 6 > 70 ? 6 : 12;
  points.forEach((p, i) => {
    const at = new Date(p.at);
    if (at.getHours() % every === 0 && x(i) < width - 30)
      root.append(svg("text", { x: x(i), y: height - 6 }, hour(at)));
    if (p.observed === 0) return;
    const bar = svg("rect", {
      x: x(i) + step * 0.1,
      y: y(p.observed),
      width: step * 0.8,
      height: height - bottom - y(p.observed),
      class: p.alarm ? "c-alarm" : "c-bar",
    });
    bar.append(svg("title", {}, tip(p)));
    root.append(bar);
    // Colour is not the only sign of an alarm.
    if (p.alarm) root.append(svg("text", { x: x(i) + step / 2, y: y(p.observed) - 3, "text-anchor": "middle" }, "!"));
  });
  for (const key of ["expected", "upper"]) {
    const path = steps(points, key, x, y, step);
    if (path !== "") root.append(svg("path", { d: path, class: `c-${key}` }));
  }
  box.replaceChildren(root);
}

/** A line of steps over the hours that have a value; a gap where there is none. */
function steps(points, key, x, y, step) {
  let path = "";
  let open = false;
  points.forEach((p, i) => {
    if (p[key] === null) {
      open = false;
      return;
    }
    path += `${open ? "L" : "M"}${x(i).toFixed(1)},${y(p[key]).toFixed(1)}H${(x(i) + step).toFixed(1)}`;
    open = true;
  });
  return path;
}
