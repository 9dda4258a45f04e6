// Overview: how good the list is, what is wrong with it, and where its contacts come from.

import { get, type Finding, type Overview, type Week } from "../api";
import { el, fill, type Child } from "../dom";
import { page, type View } from "../page";
import { field, kind, number, t } from "../texts";
import { contactLink, marked, shown, textOf, word } from "../values";

/** A bar beside its figure; the length says the same as the figure. */
export function bar(share: number): HTMLElement {
  const inside = el("span", { class: "inside" });
  inside.style.inlineSize = `${Math.max(1, Math.round(share * 100))}%`;
  return el("span", { class: "bar-of", "aria-hidden": "true" }, inside);
}

const RANK = ["high", "medium", "low"];

function findings(kinds: Finding[]): Child {
  if (kinds.length === 0) return el("p", { class: "done" }, t("no_findings"));
  const most = Math.max(...kinds.map((found) => found.count));
  const sorted = [...kinds].sort((one, other) => RANK.indexOf(one.severity) - RANK.indexOf(other.severity) || other.count - one.count);
  const rows = sorted.map((found) => [
    el(
      "tr",
      {},
      el("th", { scope: "row" }, kind(found.kind), found.examples.length === 0 ? null : examples(found)),
      el("td", { class: "figure" }, number(found.count)),
      el("td", { class: "wide" }, bar(found.count / most)),
      el("td", {}, el("span", { class: `badge ${found.severity}` }, word("severity_", found.severity))),
      el("td", {}, word("fix_", found.fix === "-" ? "none" : found.fix)),
    ),
  ]);
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("findings") },
    el(
      "table",
      { class: "findings" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("finding")), el("th", { scope: "col", class: "figure" }, t("count")), el("td", {}), el("th", { scope: "col" }, t("severity")), el("th", { scope: "col" }, t("fix")))),
      el("tbody", {}, rows),
    ),
  );
}

function examples(found: Finding): Child {
  const line = (example: Finding["examples"][number]): Child =>
    el("li", {}, contactLink(example.contact, field(example.field)), ": ", example.fix.length === 0 ? shown(example.value) : example.fix.map((fix) => [shown(fix.before), " → ", marked(fix.after, fix.before), " "]));
  return el("details", {}, el("summary", {}, t("examples")), el("p", { lang: "en" }, found.meaning), el("ul", {}, found.examples.map(line)));
}

function counts(title: string, head: string, values: { value: string; count: number }[]): Child {
  const most = Math.max(1, ...values.map(({ count }) => count));
  return el(
    "section",
    { class: "panel" },
    el("h2", {}, title),
    el(
      "table",
      { class: "counts" },
      el("thead", { class: "unseen" }, el("tr", {}, el("th", { scope: "col" }, head), el("th", { scope: "col" }, t("count")), el("td", {}))),
      el("tbody", {}, values.map(({ value, count }) => el("tr", {}, el("th", { scope: "row" }, value === "" ? t("unknown") : el("bdi", {}, value)), el("td", { class: "figure" }, number(count)), el("td", { class: "wide" }, bar(count / most))))),
    ),
  );
}

function weeks(found: Week[]): Child {
  const figure = (count: number | null): Child => el("td", { class: "figure" }, count === null ? "–" : number(count));
  const head = (text: string): Child => el("th", { scope: "col", class: "figure" }, text);
  const row = (week: Week): Child =>
    el("tr", {}, el("th", { scope: "row" }, week.week), figure(week.score), figure(week.findings), figure(week.fixed), figure(week.undone), figure(week.decided));
  return el(
    "section",
    { class: "panel" },
    el("h2", {}, t("by_week")),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("by_week") },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("week_head")), head(t("score")), head(t("findings")), head(t("week_fixed")), head(t("week_undone")), head(t("week_decided")))),
        el("tbody", {}, found.map(row)),
      ),
    ),
  );
}

/** Months that are shown; the last ones. */
const MONTHS = 12;

export function overviewView(): View {
  const element = el("div", { class: "overview" });
  async function load(): Promise<void> {
    fill(element, el("p", {}, t("loading")));
    let found: Overview;
    try {
      found = await get<Overview>("overview");
    } catch (error) {
      fill(element);
      page.fail(error);
      return;
    }
    page.well();
    const { audit, duplicates } = found;
    const tile = (figure: number, said: string, link: Child): Child => el("section", { class: "tile" }, el("p", { class: "big" }, number(figure)), el("p", {}, said), link);
    fill(
      element,
      el(
        "div",
        { class: "tiles" },
        audit.score === null ? null : el("section", { class: "tile score" }, el("h2", {}, t("score")), el("p", { class: "big" }, number(audit.score), el("small", {}, " / 100")), el("meter", { min: 0, max: 100, low: 50, high: 80, optimum: 100, value: audit.score, "aria-label": t("score") }), el("p", {}, t("score_words", { clean: audit.contacts - audit.affected, all: audit.contacts }))),
        tile(duplicates.sure, t("people_sure", { entries: duplicates.entries_sure }), el("a", { href: "#/plans", class: "button" }, t("start_plan"))),
        tile(duplicates.review, t("groups_review"), el("a", { href: "#/duplicates", class: "button" }, t("start_duplicates"))),
        tile(duplicates.questions, t("open_questions"), el("a", { href: "#/questions", class: "button" }, t("start_questions"))),
      ),
      el("section", { class: "panel" }, el("h2", {}, t("findings")), findings(audit.kinds)),
      el(
        "div",
        { class: "pair" },
        counts(t("channels"), t("channel"), found.channels.map(({ value, count }) => ({ value: textOf(value), count }))),
        counts(t("months"), t("month"), found.months.slice(-MONTHS).map(({ value, count }) => ({ value: textOf(value), count }))),
      ),
      found.weeks.length === 0 ? null : weeks(found.weeks),
    );
  }
  return { element, load };
}
