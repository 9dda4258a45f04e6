// Questions: pairs that a person should decide, one by one or a whole pattern at once.

import { queue, type Answers } from "../answers";
import { get, type Members, type Pair, type Questions, type Totals, type Verdict } from "../api";
import { Decider } from "../decide";
import { button, el, fill } from "../dom";
import { page, type View } from "../page";
import { go } from "../place";
import { number, pattern as inWords, t } from "../texts";
import { compare, contactLink, named, shown } from "../values";

/** Questions that are asked for at a time. */
const AHEAD = 60;
/** Rows of a whole pattern at a time. */
const ROWS = 100;

const subject = (pair: Pair): string => pair.contacts.join(":");

export function questionsView(parameters: URLSearchParams): View {
  const wanted = parameters.get("pattern") ?? "";
  const head = el("div", { class: "bar" });
  const card = el("section", { class: "case", "aria-live": "off" });
  const whole = el("section", { class: "whole" });
  const element = el("div", {}, head, card);

  let waiting: Pair[] = [];
  let members: Members = {};
  let totals: Totals | null = null;
  let left = 0;
  let answered = 0;
  const done = new Set<string>();
  let isLoading = false;

  const decider = new Decider((verdict) => {
    const pair = waiting[0];
    if (pair === undefined) return;
    const answers: Answers = { answers: [{ subject: subject(pair), verdict }], seen: [] };
    waiting.shift();
    done.add(subject(pair));
    answered += 1;
    left -= 1;
    decider.send(answers, verdict, () => {
      done.delete(subject(pair));
      waiting.unshift(pair);
      answered -= 1;
      left += 1;
      showPair();
    });
    showPair(t("kept_answer", { verdict: t(verdict) }));
    if (waiting.length < AHEAD / 3 && left > waiting.length) void fetchMore();
  });

  /** Takes what is new of the open questions. */
  async function fetchMore(): Promise<void> {
    if (isLoading) return;
    isLoading = true;
    try {
      const wasUnsent = queue.length;
      const limit = Math.min(200, waiting.length + wasUnsent + AHEAD);
      const answer = await get<Questions>("questions", { pattern: wanted, limit });
      const known = new Set(waiting.map(subject));
      waiting.push(...answer.pairs.filter((pair) => !done.has(subject(pair)) && !known.has(subject(pair))));
      members = { ...members, ...answer.members };
      totals = answer.totals;
      // Answers that are on their way are open there still.
      left = Math.max(waiting.length, answer.total - answer.pairs.filter((pair) => done.has(subject(pair))).length);
    } finally {
      isLoading = false;
    }
  }

  function showHead(): void {
    const patterns = totals?.patterns ?? [];
    const choose = el(
      "select",
      { id: "pattern", on: { change: (event) => { const to = (event.target as HTMLSelectElement).value; go(to === "" ? "#/questions" : `#/questions?pattern=${encodeURIComponent(to)}`); } } },
      el("option", { value: "" }, `${t("all_patterns")} (${number(totals?.questions ?? 0)})`),
      patterns.map((found) => el("option", { value: found.pattern, selected: found.pattern === wanted }, `${inWords(found.pattern)} (${number(found.count)})`)),
    );
    fill(head, el("label", { for: "pattern" }, t("pattern")), choose);
  }

  let isAsked = false;
  function showPair(before = ""): void {
    const pair = waiting[0];
    decider.fresh();
    if (pair === undefined) {
      isAsked = false;
      const text = answered > 0 ? t("all_answered") : t("no_questions");
      fill(card, el("p", { class: "done", tabindex: "-1" }, text), answered > 0 ? el("div", { class: "actions" }, button([t("back"), " ", el("kbd", { "aria-hidden": "true" }, "B")], () => decider.back(), { class: "quiet" })) : null);
      page.say(before, text);
      return;
    }
    const place = t("question_of", { number: answered + 1, total: answered + left });
    const parts = [
      el("div", { class: "progress" }, el("p", { class: "figure" }, place), el("progress", { max: answered + left, value: answered, "aria-label": place })),
      el("h2", {}, inWords(pair.pattern)),
      compare(pair.contacts, members, (id, at) => contactLink(id, [t("entry", { number: at + 1 }), " ", named(members, id)])),
    ];
    if (isAsked) {
      // The buttons stay where they are, and with them the focus.
      const middle = card.querySelector(".asked");
      if (middle !== null) fill(middle, parts);
    } else {
      isAsked = true;
      fill(card, el("div", { class: "asked" }, parts), decider.actions, whole);
    }
    page.say(before, place);
  }

  function showWhole(): void {
    if (wanted === "") {
      fill(whole);
      return;
    }
    const rows = el("tbody");
    const said = el("p", {});
    const seen: Pair[] = [];
    const more = button(t("more"), () => void load(), { class: "quiet" });
    const verdicts: [Verdict, "all_same" | "all_different" | "all_unsure"][] = [["same", "all_same"], ["different", "all_different"], ["unsure", "all_unsure"]];
    const actions = el("div", { class: "actions" });
    let total = 0;
    const load = async (): Promise<void> => {
      try {
        await queue.settled();
        const answer = await get<Questions>("questions", { pattern: wanted, limit: ROWS, skip: seen.length });
        total = answer.total;
        const known = new Set(seen.map(subject));
        const fresh = answer.pairs.filter((pair) => !known.has(subject(pair)));
        seen.push(...fresh);
        rows.append(...fresh.map((pair) => el("tr", {}, pair.contacts.map((id) => el("td", {}, contactLink(id, named(answer.members, id)), el("br"), shown(answer.members[id]?.["phone"]), el("br"), shown(answer.members[id]?.["email"]))))));
        const isWhole = answer.pairs.length === 0 || seen.length >= total;
        more.hidden = isWhole;
        fill(said, t("whole_pattern_words", { total, seen: seen.length }));
        fill(actions, verdicts.map(([verdict, label]) => button(t(label, { count: seen.length }), () => {
          const pairs = [...seen];
          const answers: Answers = { answers: pairs.map((pair) => ({ subject: subject(pair), verdict })), seen: [] };
          pairs.forEach((pair) => done.add(subject(pair)));
          const [waited, before] = [waiting, left];
          waiting = waiting.filter((pair) => !done.has(subject(pair)));
          answered += before - waiting.length;
          left = waiting.length;
          decider.send(answers, verdict, () => {
            pairs.forEach((pair) => done.delete(subject(pair)));
            answered -= before - waiting.length;
            [waiting, left] = [waited, before];
            showPair();
          });
          showPair(t("kept_answer", { verdict: t(verdict) }));
        }, { class: verdict, disabled: !isWhole || seen.length === 0 })));
      } catch (error) {
        page.fail(error);
      }
    };
    const details = el(
      "details",
      { on: { toggle: (event) => { if ((event.target as HTMLDetailsElement).open && seen.length === 0) void load(); } } },
      el("summary", {}, t("whole_pattern")),
      said,
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("whole_pattern") }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("entry", { number: 1 })), el("th", { scope: "col" }, t("entry", { number: 2 })))), rows)),
      more,
      actions,
    );
    fill(whole, details);
  }

  async function load(): Promise<void> {
    if (totals === null) fill(card, el("p", {}, t("loading")));
    try {
      await fetchMore();
    } catch (error) {
      page.fail(error);
      return;
    }
    page.well();
    showHead();
    showWhole();
    showPair();
  }

  queue.refused = (answers, why) => {
    decider.forget(answers);
    answers.answers.forEach((answer) => done.delete(answer.subject));
    page.fail(why);
    waiting = [];
    void fetchMore().then(() => showPair(), page.fail);
  };
  return { element, load, key: (key) => decider.key(key) };
}
