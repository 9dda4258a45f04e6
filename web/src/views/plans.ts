// Plans: made, looked through, narrowed, written in steps, and taken back.

import { get, post, type Plan, type Step, type Steps, type Upcoming } from "../api";
import { button, el, fill, form, type Child } from "../dom";
import { page, type View } from "../page";
import { go } from "../place";
import { field, kind, moment, number, t, type Key } from "../texts";
import { contactLink, marked, shown, textOf, word } from "../values";

const ROWS = 50;
const STATUSES = ["pending", "written", "skipped", "conflict", "undone", "unknown"] as const;
const COUNTS: [keyof Plan["counts"], Key][] = [
  ["pending", "status_pending"], ["applied", "status_written"], ["skipped", "status_skipped"], ["ignored", "status_skipped"],
  ["unknown", "status_unknown"], ["undone", "status_undone"], ["kept", "status_conflict"],
];

/** How far a plan is, in words. */
export function stateOf(plan: Plan): string {
  const parts = COUNTS.filter(([name]) => plan.counts[name] > 0).map(([name, label]) => `${number(plan.counts[name])} ${t(label)}`);
  if (plan.links > 0) parts.push(t("links_words", { links: plan.links, linked: plan.linked }));
  return parts.join(", ");
}

interface Kind { kind: string; fix: string; meaning: string }

export function plansView(): View {
  const element = el("div");
  async function load(): Promise<void> {
    fill(element, el("p", {}, t("loading")));
    try {
      const { plans, kinds } = await get<{ plans: Plan[]; kinds: Kind[] }>("plans");
      page.well();
      fill(element, newPlan(kinds), table(plans));
    } catch (error) {
      fill(element);
      page.fail(error);
    }
  }

  function table(plans: Plan[]): Child {
    if (plans.length === 0) return el("p", { class: "done" }, t("no_plans"));
    return el(
      "section",
      { class: "panel" },
      el("h2", {}, t("plans")),
      el(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": t("plans") },
        el(
          "table",
          {},
          el("thead", {}, el("tr", {}, (["plan", "made_at", "changes", "contacts", "state"] as const).map((head) => el("th", { scope: "col" }, t(head))))),
          el("tbody", {}, plans.map((plan) => el("tr", {}, el("th", { scope: "row" }, el("a", { href: `#/plans/${plan.plan}` }, plan.plan)), el("td", {}, moment(plan.made_at)), el("td", { class: "figure" }, number(plan.steps)), el("td", { class: "figure" }, number(plan.contacts)), el("td", {}, stateOf(plan))))),
        ),
      ),
    );
  }

  function newPlan(kinds: Kind[]): Child {
    const check = (name: string, label: string, isChecked: boolean, group = "fix"): HTMLElement =>
      el("label", { class: "check" }, el("input", { type: "checkbox", name: group, value: name, checked: isChecked }), label);
    const merges = (["fill", "link", "mark"] as const).map((name) => check(name, t(`merge_${name}`), false, "merge"));
    return form(
      (from) => void make(from),
      t("make_plan"),
      { class: "panel" },
      el("h2", {}, t("new_plan")),
      el("p", {}, t("new_plan_words")),
      check("safe", t("safe_fixes"), true),
      el("details", {}, el("summary", {}, t("guesses")), el("div", { class: "checks" }, kinds.filter((one) => one.fix === "ask").map((one) => check(one.kind, kind(one.kind), false)))),
      el("fieldset", {}, el("legend", {}, t("merge")), merges),
      el("p", { class: "field" }, el("label", { for: "filter" }, t("filter")), el("input", { id: "filter", name: "filter", type: "text", autocomplete: "off", spellcheck: "false", placeholder: "channel = whatsapp and email is empty" })),
      el("p", { class: "field" }, el("label", { for: "protect" }, t("protect")), el("input", { id: "protect", name: "protect", type: "text", autocomplete: "off", spellcheck: "false" })),
    );
  }

  async function make(from: HTMLFormElement): Promise<void> {
    const given = new FormData(from);
    try {
      const plan = await post<Plan>("plans", { fix: given.getAll("fix"), merge: given.getAll("merge"), filter: given.get("filter"), protect: given.get("protect") });
      page.well();
      go(`#/plans/${plan.plan}`);
    } catch (error) {
      page.fail(error);
    }
  }
  return { element, load };
}

export function planView(id: string, parameters: URLSearchParams): View {
  const head = el("section", { class: "panel" });
  const consent = el("section", { class: "panel consent", hidden: true, "aria-live": "polite" });
  const filters = el("div", { class: "bar" });
  const body = el("tbody");
  const counts = el("p", { class: "figure" });
  const more = button(t("more"), () => void fetchMore(), { class: "quiet", hidden: true });
  const chosen = el("div", { class: "actions" });
  const table = el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("changes") },
    el("table", { class: "steps" }, el("thead", {}, el("tr", {}, el("td", {}), (["contacts", "field", "before", "after", "status"] as const).map((name) => el("th", { scope: "col" }, t(name))))), body),
  );
  const element = el("div", {}, head, consent, el("section", { class: "panel" }, el("h2", {}, t("changes")), filters, counts, table, more, chosen));

  const filter = { status: parameters.get("status") ?? "all", field: parameters.get("field") ?? "", kind: parameters.get("kind") ?? "" };
  let plan: Plan | null = null;
  let upcoming: Upcoming = { contacts: 0, fields: 0, remaining: 0 };
  let count = 0;
  const selected = new Map<string, Step>();

  async function load(): Promise<void> {
    fill(head, el("p", {}, t("loading")));
    try {
      ({ plan, upcoming } = await get<{ plan: Plan; upcoming: Upcoming }>(`plans/${encodeURIComponent(id)}`));
      page.well();
      showHead(plan);
      showFilters(plan);
      [count, body.textContent] = [0, ""];
      selected.clear();
      await fetchMore();
    } catch (error) {
      fill(head);
      page.fail(error);
    }
  }

  function showHead(plan: Plan): void {
    const canWrite = page.state()?.read_only !== true;
    const hasLinks = plan.links > plan.linked;
    const most = el("input", { id: "most", type: "number", min: 1, max: Math.max(1, upcoming.remaining), value: upcoming.contacts, inputmode: "numeric" });
    const hasWritten = plan.counts.applied > 0 || plan.linked > 0;
    fill(
      head,
      el("h2", {}, plan.plan),
      el("p", {}, t("plan_words", { steps: plan.steps, contacts: plan.contacts }), ". ", t("made_at"), ": ", moment(plan.made_at)),
      el("p", {}, stateOf(plan)),
      plan.left_out.map(({ what, count }) => el("p", { lang: "en" }, t("left_out", { count, why: textOf(what) }))),
      plan.protected.map(({ what, count }) => el("p", {}, t("protected", { what: textOf(what), count }))),
      el(
        "div",
        { class: "actions" },
        canWrite && upcoming.remaining > 0 ? [el("label", { for: "most" }, t("write_how_many")), most, button(t("write"), () => void askWrite(Number(most.value)), { class: "primary" })] : null,
        canWrite && upcoming.remaining === 0 && hasLinks ? button(t("write"), () => void askWrite(0), { class: "primary" }) : null,
        upcoming.remaining === 0 && !hasLinks && !hasWritten ? el("p", {}, t("nothing_to_write")) : null,
        canWrite && hasWritten ? button(t("take_back_all"), () => void askUndo({}), {}) : null,
        plan.tried === 0 && plan.linked === 0 ? button(t("discard"), () => void discard(), { class: "quiet" }) : null,
      ),
    );
  }

  function showFilters(plan: Plan): void {
    const choose = (name: "status" | "field" | "kind", label: string, options: [string, string][]): Child => [
      el("label", { for: `by-${name}` }, label),
      el("select", { id: `by-${name}`, on: { change: (event) => { filter[name] = (event.target as HTMLSelectElement).value; [count, body.textContent] = [0, ""]; selected.clear(); void fetchMore(); } } }, options.map(([value, text]) => el("option", { value, selected: filter[name] === value }, text))),
    ];
    fill(
      filters,
      choose("status", t("status"), [["all", t("all")], ...STATUSES.map((status): [string, string] => [status, t(`status_${status}`)])]),
      choose("field", t("field"), [["", t("all")], ...plan.fields.map(({ what }): [string, string] => [textOf(what), field(textOf(what))])]),
    );
  }

  async function fetchMore(): Promise<void> {
    try {
      const status = filter.status === "all" ? "" : filter.status;
      const answer = await get<Steps>(`plans/${encodeURIComponent(id)}/steps`, { status, field: filter.field, kind: filter.kind, skip: count, limit: ROWS });
      count += answer.steps.length;
      body.append(...answer.steps.map((step) => row(step, answer.names)));
      fill(counts, answer.total === 0 ? t("none") : t("of_total", { from: 1, to: count, total: answer.total }), ". ", Object.entries(answer.counts).map(([status, each]) => `${word("status_", status)}: ${number(each)}`).join(", "));
      more.hidden = count >= answer.total;
      showChosen();
    } catch (error) {
      page.fail(error);
    }
  }

  function row(step: Step, names: Steps["names"]): HTMLElement {
    const name = (contact: string): Child => (names[contact] === undefined || textOf(names[contact]) === "" ? contact.slice(0, 12) : shown(names[contact]));
    const key = `${step.contact} ${step.field}`;
    const select = el("input", {
      type: "checkbox",
      "aria-label": t("select_row", { name: textOf(names[step.contact]) || step.contact, field: field(step.field) }),
      on: {
        change: (event) => {
          if ((event.target as HTMLInputElement).checked) selected.set(key, step);
          else selected.delete(key);
          showChosen();
        },
      },
    });
    const change: Child = step.link === null
      ? [el("td", {}, marked(step.before, step.after)), el("td", {}, marked(step.after, step.before))]
      : el("td", { colspan: "2" }, step.link.map((contact, at) => [at === 0 ? null : " = ", contactLink(contact, name(contact))]));
    return el(
      "tr",
      {},
      el("td", {}, select),
      el("th", { scope: "row" }, contactLink(step.contact, name(step.contact))),
      el("td", {}, field(step.field), el("br"), el("small", {}, kind(step.kind))),
      change,
      el("td", {}, el("span", { class: `badge ${step.status}` }, word("status_", step.status)), textOf(step.why) === "" ? null : [el("br"), el("small", { lang: "en" }, shown(step.why))]),
    );
  }

  function showChosen(): void {
    const steps = [...selected.values()];
    const contacts = [...new Set(steps.map((step) => step.contact))];
    const fields = [...new Set(steps.map((step) => step.field))];
    const canWrite = page.state()?.read_only !== true;
    const isUntouched = plan !== null && plan.tried === 0 && plan.linked === 0 && plan.links === 0;
    const isWritten = steps.some((step) => step.status === "written");
    fill(
      chosen,
      steps.length > 0 && isUntouched
        ? [
            el("p", {}, t("exclude_words")),
            button(`${t("exclude_contacts")} (${number(contacts.length)})`, () => void without(contacts, [])),
            button(`${t("exclude_fields")}: ${fields.map(field).join(", ")}`, () => void without([], fields)),
          ]
        : null,
      steps.length > 0 && isWritten && canWrite ? button(`${t("take_back_selected")} (${number(contacts.length)})`, () => void askUndo({ contacts })) : null,
    );
  }

  async function without(contacts: string[], fields: string[]): Promise<void> {
    try {
      const rest = await post<Plan>(`plans/${encodeURIComponent(id)}/without`, { contacts, fields });
      go(`#/plans/${rest.plan}`);
    } catch (error) {
      page.fail(error);
    }
  }

  async function discard(): Promise<void> {
    try {
      await post(`plans/${encodeURIComponent(id)}/discard`);
      go("#/plans");
    } catch (error) {
      page.fail(error);
    }
  }

  /** Shows a question with what will be done, and one button that does just that. */
  function ask(question: string[], label: string, act: () => Promise<unknown>): void {
    const yes = button(label, () => {
      yes.disabled = true;
      act().then(() => { consent.hidden = true; page.watchWork(); }, (error: unknown) => { consent.hidden = true; page.fail(error); void load(); });
    }, { class: "primary" });
    fill(consent, question.map((text) => el("p", {}, text)), el("div", { class: "actions" }, yes, button(t("cancel"), () => { consent.hidden = true; }, { class: "quiet" })));
    consent.hidden = false;
    yes.focus();
  }

  async function askWrite(most: number): Promise<void> {
    try {
      const max_writes = most > 0 ? most : undefined;
      const now = await get<{ plan: Plan; upcoming: Upcoming }>(`plans/${encodeURIComponent(id)}`, { max_writes });
      const { contacts, fields, remaining } = now.upcoming;
      const questions: string[] = [];
      if (contacts > 0) questions.push(t("write_question", { contacts, fields, remaining, later: remaining - contacts, place: page.state()?.place ?? "" }));
      if (now.plan.links > now.plan.linked) questions.push(t("link_question", { links: now.plan.links }));
      ask(questions, t("write_now"), () => post(`plans/${encodeURIComponent(id)}/apply`, { fingerprint: now.plan.fingerprint, max_writes, contacts, fields }));
    } catch (error) {
      page.fail(error);
    }
  }

  async function askUndo(meant: { contacts?: string[] }): Promise<void> {
    try {
      const found = await post<{ contacts: number; fields: number; links: number }>(`plans/${encodeURIComponent(id)}/undoable`, meant);
      if (found.fields + found.links === 0) {
        page.say(t("nothing_to_put_back"));
        return;
      }
      const questions = found.fields > 0 ? [t("undo_question", { ...found, place: page.state()?.place ?? "" })] : [];
      if (found.links > 0) questions.push(t("undo_links", { links: found.links }));
      const fingerprint = plan?.fingerprint ?? "";
      ask(questions, t("put_back_now"), () => post(`plans/${encodeURIComponent(id)}/undo`, { fingerprint, meant, ...found }));
    } catch (error) {
      page.fail(error);
    }
  }
  return { element, load };
}
