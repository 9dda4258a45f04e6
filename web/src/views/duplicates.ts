// Duplicates: groups of entries that are, or may be, one person, side by side.

import { queue, type Answers } from "../answers";
import { get, type Group, type Groups, type Members } from "../api";
import { Decider } from "../decide";
import { button, el, fill } from "../dom";
import { page, type View } from "../page";
import { number, pattern as inWords, t, type Key } from "../texts";
import { compare, contactLink, named, word } from "../values";

/** Groups that are asked for at a time. */
const AHEAD = 20;

const KEEP: Record<string, Key> = { "Odoo id": "keep_odoo", fullest: "keep_fullest", oldest: "keep_oldest" };
const TIERS = ["review", "sure", "all"] as const;

export function duplicatesView(parameters: URLSearchParams): View {
  const tier = TIERS.find((known) => known === parameters.get("tier")) ?? "review";
  const head = el("div", { class: "bar", role: "group", "aria-label": t("tier") });
  const asked = el("div", { class: "asked" });
  const card = el("section", { class: "case" });
  const element = el("div", {}, head, card);
  let groups: Group[] = [];
  let members: Members = {};
  let total = 0;
  let at = 0;
  let isWhole = false;
  const answered = new Map<string, string>();

  const decider = new Decider(
    (verdict) => {
      const group = groups[at];
      if (group === undefined) return;
      // Every two of those that are shown, and nobody who has joined the group since.
      const subjects = group.members.flatMap((one, place) => group.members.slice(place + 1).map((other) => `${one}:${other}`));
      const answers: Answers = { answers: subjects.map((subject) => ({ subject, verdict })), seen: group.seen };
      const [place, before] = [at, answered.get(group.group)];
      const seen = group.seen;
      answered.set(group.group, verdict);
      group.seen = subjects.map((subject) => [...subject.split(":"), verdict] as [string, string, string]);
      decider.send(answers, verdict, () => {
        if (before === undefined) answered.delete(group.group);
        else answered.set(group.group, before);
        group.seen = seen;
        at = place;
        showGroup();
      });
      at += 1;
      void step(t("kept_answer", { verdict: t(verdict) }));
    },
    [
      button([t("previous"), " ", el("kbd", { "aria-hidden": "true" }, "P")], () => void move(-1), { class: "quiet", "aria-keyshortcuts": "p" }),
      button([t("next"), " ", el("kbd", { "aria-hidden": "true" }, "N")], () => void move(1), { class: "quiet", "aria-keyshortcuts": "n" }),
    ],
  );

  async function fetchMore(): Promise<void> {
    // Groups that were answered since may have left the list.
    await queue.settled();
    const skip = Math.max(0, groups.length - answered.size);
    const answer = await get<Groups>("duplicates", { tier: tier === "all" ? "" : tier, skip, limit: AHEAD });
    const known = new Set(groups.map((group) => group.group));
    const fresh = answer.groups.filter((group) => !known.has(group.group));
    isWhole = answer.groups.length < AHEAD;
    groups.push(...fresh);
    members = { ...members, ...answer.members };
    total = Math.max(groups.length, answer.total);
    fill(head, TIERS.map((name) => {
      const count = name === "sure" ? answer.totals.sure : name === "review" ? answer.totals.review : answer.totals.sure + answer.totals.review;
      return el("a", { href: `#/duplicates?tier=${name}`, class: "chip", "aria-current": name === tier ? "true" : null }, `${t(`tier_${name}`)} (${number(count)})`);
    }));
  }

  async function move(by: number): Promise<void> {
    if (at + by < 0) return;
    at += by;
    await step();
  }

  async function step(before = ""): Promise<void> {
    try {
      while (at >= groups.length && !isWhole) {
        const count = groups.length;
        await fetchMore();
        if (groups.length === count) break;
      }
      at = Math.min(at, groups.length);
      showGroup(before);
    } catch (error) {
      page.fail(error);
    }
  }

  function showGroup(before = ""): void {
    decider.fresh();
    const group = groups[at];
    if (group === undefined) {
      const text = groups.length === 0 ? t("no_groups") : t("all_answered");
      fill(asked, el("p", { class: "done" }, text));
      page.say(before, text);
      return;
    }
    const place = t("group_of", { number: at + 1, total });
    // Rounded down: what is not sure does not look so.
    const score = Math.floor(group.score * 100);
    const said = [...new Set([...group.seen.map(([, , verdict]) => verdict)])];
    fill(
      asked,
      el("div", { class: "progress" }, el("p", { class: "figure" }, place), el("progress", { max: total, value: at, "aria-label": place })),
      el("h2", {}, [...new Set(group.patterns)].slice(0, 2).map(inWords).join(" / ")),
      el("div", { class: "facts" },
        el("span", { class: `badge ${group.tier}` }, t(`tier_${group.tier}`)),
        el("span", {}, t("how_sure", { score })),
        el("meter", { min: 0, max: 100, low: 80, high: 95, optimum: 100, value: score, "aria-label": t("how_sure", { score }) }),
        el("span", {}, t("keep_reason", { why: KEEP[group.keep] ? t(KEEP[group.keep]!) : group.keep })),
        said.length > 0 ? el("span", { class: "badge" }, t("decided_before", { verdicts: said.map((name) => word("", name)).join(", ") })) : null,
      ),
      compare(group.members, members, (id, place) => [
        contactLink(id, [t("entry", { number: place + 1 }), " ", named(members, id)]),
        place === 0 ? [" ", el("span", { class: "badge sure" }, t("keep_this"))] : null,
      ]),
    );
    page.say(before, place);
  }

  async function load(): Promise<void> {
    fill(asked, el("p", {}, t("loading")));
    fill(card, asked, decider.actions);
    [groups, at, isWhole] = [[], 0, false];
    answered.clear();
    await step();
    if (groups.length > 0) page.well();
  }

  queue.refused = (answers, why) => {
    decider.forget(answers);
    page.fail(why);
    void load().then(() => page.fail(why));
  };
  return {
    element,
    load,
    key: (key) => {
      if (key === "n") void move(1);
      else if (key === "p") void move(-1);
      else return decider.key(key);
      return true;
    },
  };
}
