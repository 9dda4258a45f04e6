// Shared values: phone numbers and mailboxes of different people.

import { queue } from "../answers";
import { get, type SharedValue, type SharedValues } from "../api";
import { button, el, fill } from "../dom";
import { page, type View } from "../page";
import { number, t } from "../texts";
import { contactLink, named, shown, word } from "../values";

const KINDS = ["family", "people", "switchboard", "role mailbox"] as const;
const ROWS = 20;
/** Contacts of a value whose names come with it. */
const PEOPLE = 6;

export function sharedView(parameters: URLSearchParams): View {
  const sharing = parameters.get("sharing") ?? "";
  const head = el("div", { class: "bar", role: "group", "aria-label": t("sharing") });
  const list = el("ul", { class: "cards" });
  const more = button(t("more"), () => void fetchMore(), { class: "quiet", hidden: true });
  const element = el("div", {}, el("p", {}, t("shared_words")), head, list, more);
  let shownCount = 0;

  function one(value: SharedValue, members: SharedValues["members"]): HTMLElement {
    const people = value.people.slice(0, PEOPLE).map((person) => el("li", {}, person.slice(0, 2).map((id, at) => [at === 0 ? null : " = ", contactLink(id, named(members, id))])));
    const rest = value.people.length - people.length;
    const state = el("span", { class: `badge ${value.settled === "question" ? "review" : ""}` }, word("settled_", value.settled));
    const decide = button(t("are_different"), () => {
      decide.disabled = true;
      queue.put({ answers: [{ subject: value.subject, verdict: "different" }], seen: value.seen });
      void queue.settled().then(() => {
        if (queue.stuck === null) {
          fill(state, word("settled_", "decided"));
          page.say(t("kept_answer", { verdict: t("different") }));
        }
      });
    }, { hidden: value.settled === "decided" || value.people.length > 48 });
    return el(
      "li",
      { class: "panel" },
      el("h2", {}, shown(value.value)),
      el("p", { class: "facts" }, el("span", { class: "badge" }, word("", value.sharing)), state, el("span", {}, t("people_entries", { people: value.people.length, entries: value.entries }))),
      el("ul", { class: "people" }, people, rest > 0 ? el("li", {}, t("and_more", { count: rest })) : null),
      decide,
    );
  }

  async function fetchMore(): Promise<void> {
    try {
      const answer = await get<SharedValues>("shared", { sharing, skip: shownCount, limit: ROWS });
      page.well();
      const all = Object.values(answer.counts).reduce((sum, count) => sum + count, 0);
      const chip = (name: string, label: string, count: number): HTMLElement =>
        el("a", { href: name === "" ? "#/shared" : `#/shared?sharing=${encodeURIComponent(name)}`, class: "chip", "aria-current": name === sharing ? "true" : null }, `${label} (${number(count)})`);
      fill(head, chip("", t("tier_all"), all), KINDS.map((name) => chip(name, t(name), answer.counts[name] ?? 0)));
      shownCount += answer.values.length;
      list.append(...answer.values.map((value) => one(value, answer.members)));
      if (shownCount === 0) list.append(el("li", { class: "done" }, t("no_shared")));
      more.hidden = shownCount >= answer.total;
    } catch (error) {
      page.fail(error);
    }
  }

  queue.refused = (_, why) => {
    page.show();
    page.fail(why);
  };
  return { element, load: fetchMore };
}
