// Values of contacts as people read them: strangers' words, isolated from the text around them, with what differs marked.

import type { Fields, Members, Value } from "./api";
import { el, type Child } from "./dom";
import { field, isKey, t } from "./texts";

/** The text of a value, as much of it as is here. */
export function textOf(value: Value | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : value.text;
}

/** Returns true if a value is here as a whole. */
export function isWhole(value: Value | undefined): boolean {
  return value === undefined || typeof value === "string";
}

function rest(value: Value | undefined): Child {
  return isWhole(value) ? null : el("span", { class: "more" }, t("more_letters", { count: (value as { more: number }).more }));
}

/** A value. `bdi` keeps the direction of its letters to itself. */
export function shown(value: Value | undefined): Child {
  const text = textOf(value);
  return text === "" ? el("span", { class: "empty" }, t("empty")) : [el("bdi", {}, text), rest(value)];
}

/** A value beside another one, with the part marked in which they differ. */
export function marked(value: Value | undefined, other: Value | undefined): Child {
  const [text, against] = [textOf(value), textOf(other)];
  if (text === "" || against === "" || text === against) return shown(value);
  const [letters, others] = [[...text], [...against]];
  const least = Math.min(letters.length, others.length);
  let start = 0;
  while (start < least && letters[start] === others[start]) start += 1;
  let end = 0;
  while (end < least - start && letters[letters.length - 1 - end] === others[others.length - 1 - end]) end += 1;
  // Values that have nothing in common are not easier to read with marks.
  if (start + end === 0) return shown(value);
  const middle = letters.slice(start, letters.length - end).join("");
  return [
    el("bdi", {}, letters.slice(0, start).join(""), middle === "" ? null : el("mark", {}, visible(middle)), letters.slice(letters.length - end).join("")),
    rest(value),
  ];
}

/** Blanks at the ends of what differs can be seen. */
function visible(text: string): string {
  return text.replace(/^\s+|\s+$/gu, (blanks) => "␣".repeat(blanks.length));
}

/** A name, or the id of who has none. */
export function named(members: Members, id: string): Child {
  const name = members[id]?.["name"];
  return name === undefined || textOf(name) === "" ? el("code", {}, id.slice(0, 12)) : shown(name);
}

/** A link to the view of a contact. */
export function contactLink(id: string, label: Child): HTMLAnchorElement {
  return el("a", { href: `#/contact/${encodeURIComponent(id)}` }, label);
}

/** The fields that are compared, in this order; what else a contact holds comes behind them. */
const ORDER = [
  "name", "phone", "email", "birthday", "company_name", "position", "title", "gender", "location", "remark", "channel_type",
  "language", "time_zone", "whatsapp_id", "facebook_id", "messenger_id", "wechat_id", "line_id", "instagram_id",
  "odooContactID", "business_unit_id", "last_seen", "created_at", "updated_at",
];
const MOMENTS = new Set(["last_seen", "created_at", "updated_at"]);
/** Fields that are said by others, or tell entries apart that may be one person all the same. */
const QUIET = new Set([...MOMENTS, "channel_id", "display_name", "first_name", "last_name", "area_code", "phone_number"]);

function cut(name: string, value: Value | undefined): Value | undefined {
  return MOMENTS.has(name) && typeof value === "string" ? value.slice(0, 10) : value;
}

/** Several contacts side by side, a column each and a row a field. */
export function compare(ids: string[], members: Members, heads: (id: string, place: number) => Child): HTMLElement {
  const of = ids.map((id): Fields => members[id] ?? {});
  const names = ORDER.filter((name) => of.some((fields) => textOf(fields[name]) !== ""));
  const rows = names.map((name) => {
    const values = of.map((fields) => cut(name, fields[name]));
    const filled = values.map(textOf).filter((text) => text !== "");
    const differs = new Set(filled).size > 1;
    const state = QUIET.has(name) ? "quiet" : differs ? "differs" : filled.length < ids.length ? "partly" : "equal";
    const sign = state === "differs" ? "≠" : state === "equal" ? "=" : "";
    const said = state === "differs" ? t("differs") : state === "equal" ? t("equal") : "";
    return el(
      "tr",
      { class: state },
      el(
        "th",
        { scope: "row" },
        field(name),
        sign === "" ? null : [" ", el("span", { class: "sign", "aria-hidden": "true" }, sign), el("span", { class: "unseen" }, ` (${said})`)],
      ),
      values.map((value, at) => el("td", {}, differs && !QUIET.has(name) ? marked(value, values[at === 0 ? 1 : 0]) : shown(value))),
    );
  });
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("are_they_one") },
    el(
      "table",
      { class: "compare" },
      el(
        "thead",
        {},
        el("tr", {}, el("th", { scope: "col" }, t("field")), ids.map((id, at) => el("th", { scope: "col" }, heads(id, at)))),
      ),
      el("tbody", {}, rows),
    ),
  );
}

/** A value that is longer gets a place of its own in which it moves, in characters. */
const LONG = 500;

/** All that a contact holds. */
export function card(fields: Fields): HTMLElement {
  const names = [...ORDER, ...Object.keys(fields).filter((name) => !ORDER.includes(name)).sort()];
  const filled = names.filter((name) => textOf(fields[name]) !== "");
  const value = (name: string): Child =>
    textOf(fields[name]).length > LONG
      ? el("div", { class: "long", tabindex: "0", role: "region", "aria-label": field(name) }, shown(fields[name]))
      : shown(fields[name]);
  return el("dl", { class: "card" }, filled.map((name) => el("div", {}, el("dt", {}, field(name)), el("dd", {}, value(name)))));
}

/** The word of the program in the reader's language, where there is one. */
export function word(prefix: string, name: string): string {
  const key = prefix + name;
  return isKey(key) ? t(key) : name;
}
