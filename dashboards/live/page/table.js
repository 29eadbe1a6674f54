/** An HTML element. Text from data goes through textContent alone: markup in it stays text. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

/**
 * Puts a table under the heading of a section, or a sentence when there are no rows.
 * Does nothing when nothing changed, so that what somebody is reading or has selected stays.
 * @param columns  [heading, row => text or node, class?]
 */
// biome-ignore lint/correctness/noUnusedVariables: used by main.js, which follows in the same document
function showTable(id, columns, rows, { empty, note }) {
  const section = document.getElementById(id);
  const state = JSON.stringify([rows, note]);
  if (section.dataset.shown === state) return;
  section.dataset.shown = state;
  const heading = section.querySelector("h2");
  heading.id = `${id}-title`;
  heading.querySelector("span")?.remove();
  if (note) heading.append(el("span", {}, ` ${note}`));
  section.setAttribute("aria-labelledby", heading.id);
  const body =
    rows.length === 0
      ? el("p", { class: "empty" }, empty)
      : el("table", { role: "table", "aria-labelledby": heading.id }, head(columns), bodyOf(columns, rows));
  section.replaceChildren(heading, body);
}

// The roles are said aloud because a narrow screen shows rows as blocks, which would hide that this is a table.
const head = (columns) =>
  el(
    "thead",
    { role: "rowgroup" },
    el(
      "tr",
      { role: "row" },
      ...columns.map(([text, , kind]) => el("th", { role: "columnheader", scope: "col", class: kind ?? "" }, text)),
    ),
  );

const bodyOf = (columns, rows) =>
  el(
    "tbody",
    { role: "rowgroup" },
    ...rows.map((row) =>
      el(
        "tr",
        { role: "row" },
        ...columns.map(([text, cell, kind]) =>
          el("td", { role: "cell", class: kind ?? "", "data-label": text }, cell(row)),
        ),
      ),
    ),
  );
