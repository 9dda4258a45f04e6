// Contact: one person with all entries, decisions, shared values, conversations, comments and files.

import { get, type Decisions, type Fields, type Groups, type SharedValues, type Value } from "../api";
import { button, el, fill, form, type Child } from "../dom";
import { page, type View } from "../page";
import { go } from "../place";
import { t } from "../texts";
import { card, compare, contactLink, named, shown, textOf, word } from "../values";

interface Found {
  id: string; contact: Fields; entries: { id: string; linked: boolean; contact: Fields }[]; groups: Groups; decisions: Decisions;
  shared: SharedValues;
}
type Rows = { rows: Record<string, Value>[] };

const PARTS: [name: "conversations" | "comments" | "files", columns: string[]][] = [
  ["conversations", ["at", "channel", "status", "latest"]],
  ["comments", ["at", "author", "text"]],
  ["files", ["at", "kind", "caption", "extension"]],
];

export function contactView(id: string, parameters: URLSearchParams): View {
  const query = el("input", { id: "query", type: "search", value: parameters.get("find") ?? "", autocomplete: "off", spellcheck: "false" });
  const search = form(
    () => go(`#/contact?find=${encodeURIComponent(query.value)}`),
    t("find"),
    { class: "bar", role: "search" },
    el("label", { for: "query" }, t("search")), query,
  );
  const found = el("div");
  const element = el("div", {}, search, found);

  async function load(): Promise<void> {
    const wanted = parameters.get("find") ?? "";
    try {
      if (id !== "") {
        fill(found, el("p", {}, t("loading")));
        showContact(await get<Found>(`contacts/${encodeURIComponent(id)}`));
      } else if (wanted.trim() !== "") {
        fill(found, el("p", {}, t("loading")));
        const answer = await get<{ contacts: { id: string; contact: Fields }[]; total: number }>("contacts", { query: wanted });
        fill(
          found,
          el("p", { role: "status" }, answer.total === 0 ? t("not_found") : t("found", { count: answer.total })),
          el("ul", { class: "cards" }, answer.contacts.map((one) => el("li", { class: "panel" }, el("h2", {}, contactLink(one.id, named({ [one.id]: one.contact }, one.id))), card(short(one.contact))))),
        );
      }
      page.well();
    } catch (error) {
      fill(found);
      page.fail(error);
    }
  }

  function short(fields: Fields): Fields {
    return Object.fromEntries(["phone", "email", "company_name", "channel_type"].flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
  }

  function showContact(answer: Found): void {
    const members = { [answer.id]: answer.contact, ...Object.fromEntries(answer.entries.map((entry) => [entry.id, entry.contact])) };
    const ids = [answer.id, ...answer.entries.map((entry) => entry.id)];
    const isLinked = new Set(answer.entries.filter((entry) => entry.linked).map((entry) => entry.id));
    const decisions = answer.decisions;
    fill(
      found,
      el("section", { class: "panel" }, el("h2", {}, named(members, answer.id)), el("p", {}, el("code", {}, answer.id)), card(answer.contact)),
      answer.entries.length === 0
        ? null
        : el("section", { class: "panel" }, el("h2", {}, t("entries")), compare(ids, members, (entry, at) => [contactLink(entry, [t("entry", { number: at + 1 }), " ", named(members, entry)]), isLinked.has(entry) ? [" ", el("span", { class: "badge sure" }, t("linked"))] : null])),
      decisions.total === 0
        ? null
        : el("section", { class: "panel" }, el("h2", {}, t("decisions")), el("ul", {}, decisions.decisions.map((one) => el("li", {}, el("span", { class: `badge verdict-${one.verdict}` }, t(one.verdict)), " ", one.contacts.filter((other) => other !== answer.id).map((other) => contactLink(other, named(decisions.members, other))))))),
      answer.shared.values.length === 0
        ? null
        : el("section", { class: "panel" }, el("h2", {}, t("shared")), el("ul", {}, answer.shared.values.map((value) => el("li", {}, shown(value.value), " ", el("span", { class: "badge" }, word("", value.sharing)), " ", t("people_entries", { people: value.people.length, entries: value.entries }))))),
      PARTS.map(([name, columns]) => part(answer.id, name, columns)),
    );
  }

  /** What the gateway is asked for only when somebody wants to see it. */
  function part(contact: string, name: (typeof PARTS)[number][0], columns: string[]): Child {
    const inside = el("div");
    const ask = button(t("look"), () => void look(), { class: "quiet", "aria-label": `${t("look")}: ${t(name)}` });
    const look = async (): Promise<void> => {
      fill(inside, el("p", { role: "status" }, t("loading")));
      try {
        const { rows } = await get<Rows>(`contacts/${encodeURIComponent(contact)}/${name}`);
        const heads: Record<string, string> = { at: t("when"), channel: t("channel"), status: t("status"), latest: t("last_message"), author: t("who"), text: t("value"), kind: t("sharing"), caption: t("note"), extension: t("state") };
        fill(
          inside,
          rows.length === 0
            ? el("p", { role: "status" }, t("none"))
            : el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t(name) }, el("table", {}, el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, heads[column] ?? column)))), el("tbody", {}, rows.map((row) => el("tr", {}, columns.map((column) => el("td", {}, textOf(row[column]) === "" ? "" : shown(row[column])))))))),
        );
      } catch (error) {
        fill(inside, el("p", { class: "warn", role: "status" }, page.refusal(error)));
      }
    };
    return el("section", { class: "panel" }, el("h2", {}, t(name)), ask, inside);
  }
  return { element, load };
}
