import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { CAUSE_DIMENSIONS, CAUSE_VALUES, REMEDY_WORDS } from "../../processors/alert/words.ts";
import { type Lang, WORDS } from "../words.ts";
import { uiText } from "./ui.ts";

export type Page = { readonly html: string /** Content-Security-Policy */; readonly policy: string };

const part = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), "utf8");

/**
 * The page in one language as one self-contained document. Only its own script and style may run, by their hashes,
 * and it may speak to its own server only. No data is in it.
 */
export function renderPage(lang: Lang): Page {
  const style = ["theme.css", "style.css", "chart.css", "narrow.css"].map(part).join("\n");
  const script = ["chart.js", "table.js", "main.js"].map(part).join("\n");
  const text = uiText(lang);
  const codes = Object.fromEntries(
    Object.entries(WORDS).map(([kind, words]) => [
      kind,
      Object.fromEntries(Object.entries(words).map(([code, [zh, en]]) => [code, lang === "zh-CN" ? zh : en])),
    ]),
  );
  // What a page says of an incident, the board says in the same words.
  const said = (words: Readonly<Record<string, Readonly<Record<Lang, string>>>>) =>
    Object.fromEntries(Object.entries(words).map(([code, word]) => [code, word[lang]]));
  Object.assign(codes, {
    driver: said(CAUSE_DIMENSIONS),
    driverValue: said(CAUSE_VALUES),
    remedy: said(REMEDY_WORDS),
  });
  // "<" must not end the data block.
  const words = JSON.stringify({ lang, text, codes }).replaceAll("<", "\\u003c");
  const slots: Readonly<Record<string, string>> = { ...text, lang, style, script, words };
  const html = part("index.template").replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new Error(`index.template: expected a known slot, got {{${name}}}`);
    return value;
  });
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, policy };
}

const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
