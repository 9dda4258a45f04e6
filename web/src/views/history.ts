// History: what was written and when, and what was decided; both can be taken back, whole or in part.

import { queue } from "../answers";
import { get, type Decision, type Decisions, type Plan, type Span } from "../api";
import { button, el, fill, type Child } from "../dom";
import { page, type View } from "../page";
import { moment, number, t } from "../texts";
import { contactLink, named, shown, textOf, word } from "../values";
import { stateOf } from "./plans";

const ROWS = 50;

export function historyView(): View {
  const writes = el("section", { class: "panel" });
  const decided = el("tbody");
  const more = button(t("more"), () => void fetchMore(), { class: "quiet", hidden: true });
  const none = el("p", { class: "done", hidden: true }, t("no_decisions"));
  const table = el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("decisions") },
    el("table", {}, el("thead", {}, el("tr", {}, (["verdict", "who", "why", "when", "note"] as const).map((head) => el("th", { scope: "col" }, t(head))), el("td", {}))), decided),
  );
  const element = el("div", {}, writes, el("section", { class: "panel" }, el("h2", {}, t("decisions")), none, table, more));
  let count = 0;

  function showWrites(plans: Plan[], spans: Span[]): void {
    const of = new Map(plans.map((plan) => [plan.plan, plan]));
    const row = (span: Span): Child => {
      const plan = of.get(span.plan);
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, el("a", { href: `#/plans/${span.plan}?status=${span.work === "undo" ? "undone" : "written"}` }, span.plan)),
        el("td", {}, word("work_", span.work)),
        el("td", { class: "figure" }, number(span.contacts)),
        el("td", {}, moment(span.first)),
        el("td", {}, moment(span.last)),
        el("td", {}, plan === undefined ? "" : stateOf(plan)),
      );
    };
    fill(
      writes,
      el("h2", {}, t("writes")),
      spans.length === 0
        ? el("p", { class: "done" }, t("no_writes"))
        : el(
            "div",
            { class: "scroll", tabindex: "0", role: "region", "aria-label": t("writes") },
            el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("plan")), el("th", { scope: "col" }, t("status")), (["contacts", "from", "until", "state"] as const).map((head) => el("th", { scope: "col" }, t(head))))), el("tbody", {}, spans.map(row))),
          ),
    );
  }

  function decision(one: Decision, members: Decisions["members"]): HTMLElement {
    const [first, second] = one.contacts;
    const back = button(t("take_back"), () => {
      back.disabled = true;
      queue.put({ answers: [{ subject: `${first}:${second}`, verdict: null }], seen: [[first, second, one.verdict]] });
      void queue.settled().then(() => {
        if (queue.stuck === null) row.remove();
      });
    }, { class: "quiet" });
    const row = el(
      "tr",
      {},
      el("th", { scope: "row" }, el("span", { class: `badge verdict-${one.verdict}` }, t(one.verdict))),
      el("td", {}, contactLink(first, named(members, first)), el("br"), contactLink(second, named(members, second))),
      el("td", { lang: "en" }, one.because),
      el("td", {}, moment(one.at)),
      el("td", {}, textOf(one.note) === "" ? "" : shown(one.note)),
      el("td", {}, back),
    );
    return row;
  }

  async function fetchMore(): Promise<void> {
    const answer = await get<Decisions>("decisions", { skip: count, limit: ROWS });
    count += answer.decisions.length;
    decided.append(...answer.decisions.map((one) => decision(one, answer.members)));
    none.hidden = answer.total > 0;
    table.hidden = answer.total === 0;
    more.hidden = count >= answer.total;
  }

  async function load(): Promise<void> {
    fill(writes, el("p", {}, t("loading")));
    try {
      await queue.settled();
      const { plans, spans } = await get<{ plans: Plan[]; spans: Span[] }>("history");
      showWrites(plans, spans);
      await fetchMore();
      page.well();
    } catch (error) {
      fill(writes);
      page.fail(error);
    }
  }
  queue.refused = (_, why) => {
    page.show();
    page.fail(why);
  };
  return { element, load };
}
