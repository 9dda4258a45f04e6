// The frame around the views: what is shown, in which language, what is under way, and whether the program still answers.

import { queue } from "./answers";
import { get, hasKey, open, post, Refused, type Job, type State } from "./api";
import { button, el, fill, form, type Child } from "./dom";
import { host, isInHost } from "./host";
import { go, onPlace, place } from "./place";
import { chooseLanguage, isKey, LANGUAGES, language, moment, startLanguage, t, type Key } from "./texts";
import { asksForToken, credentialHeader, isAtServer, signIn } from "./signin";
import { textOf } from "./values";
import { contactView } from "./views/contact";
import { duplicatesView } from "./views/duplicates";
import { historyView } from "./views/history";
import { overviewView } from "./views/overview";
import { planView, plansView } from "./views/plans";
import { questionsView } from "./views/questions";
import { sharedView } from "./views/shared";
import { page, type View } from "./page";

const VIEWS: [Key & string, string][] = [
  ["overview", "#/"], ["duplicates", "#/duplicates"], ["questions", "#/questions"], ["shared", "#/shared"], ["plans", "#/plans"],
  ["history", "#/history"], ["contact", "#/contact"],
];

/** The view of an address, and the view in the menu that it belongs to. */
function route(): [string, () => View] {
  const [path = "", query = ""] = place().replace(/^#\/?/, "").split("?");
  const [name = "", ...rest] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  const parameters = new URLSearchParams(query);
  switch (name) {
    case "duplicates": return ["duplicates", () => duplicatesView(parameters)];
    case "questions": return ["questions", () => questionsView(parameters)];
    case "shared": return ["shared", () => sharedView(parameters)];
    case "plans": return ["plans", () => (rest[0] ? planView(rest[0], parameters) : plansView())];
    case "history": return ["history", historyView];
    case "contact": return ["contact", () => contactView(rest[0] ?? "", parameters)];
    default: return ["overview", overviewView];
  }
}

const KEYS = "review.keys";
const main = el("main", { id: "content", tabindex: "-1" });
const menu = el("nav", { class: "menu" });
const status = el("div", { class: "status" });
const banner = el("div", { class: "banner", role: "alert", hidden: true });
const live = el("div", { class: "unseen", role: "status", "aria-live": "polite" });
const toast = el("div", { class: "toast", "aria-hidden": "true" });
const work = el("section", { class: "work", hidden: true });
const frame = el("div", { class: "frame" });

let view: View | null = null;
let state: State | null = null;
let trouble: Refused | null = null;
let areKeysOn = true;
try {
  areKeysOn = localStorage.getItem(KEYS) !== "off";
} catch {
  // Without storage they are on.
}

function refusal(error: unknown): string {
  const why = error instanceof Refused ? error : new Refused("other", String(error));
  const own: Record<string, Key> = {
    gone: "gone", sign_in: "sign_in", not_offered: "not_offered", session: "session", link_used: "link_used", link_old: "link_old", link_wrong: "link_wrong",
    no_snapshot: "no_snapshot", plan_moved: "plan_moved", no_plan: "no_plan", no_contact: "no_contact", decided: "decided_meanwhile",
  };
  const key = own[why.code];
  return key === undefined ? t("not_done", { why: why.message }) : t(key);
}

let fading: number | undefined;
function say(text: string, besides = ""): void {
  live.textContent = `${text} ${besides}`.trim();
  if (text === "") return;
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(fading);
  fading = window.setTimeout(() => toast.classList.remove("on"), 1800);
}

/** Says what is wrong until it is right again. */
function showTrouble(): void {
  const stuck = queue.stuck ?? trouble;
  banner.hidden = stuck === null;
  if (stuck === null) return;
  fill(
    banner,
    el("p", {}, refusal(stuck)),
    queue.length > 0 ? el("p", {}, t("unsent", { count: queue.length })) : null,
    stuck.code === "sign_in" ? signInForm() : null,
    stuck.code === "no_snapshot" ? button(t("read_now"), () => void read(), { class: "primary" }) : null,
    ["gone", "sign_in", "session", "no_snapshot", "link_used", "link_old", "link_wrong"].includes(stuck.code)
      ? null
      : button(t("close"), () => { trouble = null; showTrouble(); }),
  );
}

/** Asks for what the server wants to see. */
function signInForm(): Child {
  const secret = (id: string): HTMLInputElement => el("input", { id, type: "password", autocomplete: "off", spellcheck: "false" });
  const [token, credential] = [secret("token"), secret("credential")];
  return form(
    () => {
      signIn(token.value, credential.value);
      trouble = null;
      queue.stuck = null;
      showTrouble();
      void start();
      if (view !== null) show();
    },
    t("sign_in_now"),
    { class: "bar" },
    asksForToken ? [el("label", { for: "token" }, t("bearer_token")), token] : null,
    credentialHeader === "" ? null : [el("label", { for: "credential" }, t("gateway_credential", { header: credentialHeader })), credential],
  );
}

function fail(error: unknown): void {
  trouble = error instanceof Refused ? error : new Refused("other", String(error));
  showTrouble();
}

/** Forgets a trouble that is over; what was refused stays until somebody has read it. */
function well(): void {
  if (trouble !== null && trouble.code !== "decided" && trouble.code !== "plan_moved") {
    trouble = null;
    showTrouble();
  }
}

function show(): void {
  const [name, make] = route();
  view?.leave?.();
  fill(menu, VIEWS.map(([key, href]) => el("a", { href, "aria-current": key === name ? "page" : null }, t(key))));
  menu.setAttribute("aria-label", t("menu"));
  document.title = `${t(name as Key)} – ${t("title")}`;
  const next = make();
  view = next;
  fill(main, el("h1", { tabindex: "-1" }, t(name as Key)), next.element);
  main.setAttribute("aria-busy", "true");
  void next.load().finally(() => {
    if (view === next) main.setAttribute("aria-busy", "false");
  });
}

function frameOf(): void {
  const chooser = el(
    "select",
    { id: "language", on: { change: (event) => { chooseLanguage((event.target as HTMLSelectElement).value); frameOf(); show(); showState(); showWork(state?.job ?? null); } } },
    LANGUAGES.map(([tag, name]) => el("option", { value: tag, lang: tag, selected: tag === language() }, name)),
  );
  const keys = el("input", {
    type: "checkbox", id: "keys", checked: areKeysOn,
    on: {
      change: (event) => {
        areKeysOn = (event.target as HTMLInputElement).checked;
        try {
          localStorage.setItem(KEYS, areKeysOn ? "on" : "off");
        } catch {
          // They are as chosen until the page is closed.
        }
      },
    },
  });
  fill(
    frame,
    el("a", { class: "skip", href: "#content", on: { click: (event) => { event.preventDefault(); main.focus(); } } }, t("skip")),
    el(
      "header",
      {},
      el("p", { class: "brand" }, t("title")),
      status,
      el(
        "div",
        { class: "settings" },
        el("label", { class: "check" }, keys, t("keys_on")),
        el("label", { class: "unseen", for: "language" }, t("language")),
        chooser,
        screenButton(),
      ),
    ),
    menu,
    banner,
    work,
    main,
    live,
    toast,
  );
}

/** Where the host has room for it, what makes the page as large as the screen, or as small as it was. */
function screenButton(): Child {
  if (!isInHost || !(host.context.availableDisplayModes ?? []).includes("fullscreen")) return null;
  const isFull = host.context.displayMode === "fullscreen";
  return button(t(isFull ? "small_screen" : "full_screen"), () => void host.show(isFull ? "inline" : "fullscreen").catch(fail), { class: "quiet" });
}

function showState(): void {
  if (state === null) return;
  const parts: Child[] = [
    el("span", { class: "place" }, state.place),
    el("span", {}, state.synced_at === null ? t("never_read") : t("as_of", { time: moment(state.synced_at) })),
    state.read_only ? el("span", { class: "warn" }, t("read_only")) : null,
    state.paused_since === null ? null : el("span", { class: "warn" }, t("paused", { time: moment(state.paused_since) })),
    button(t(state.synced_at === null ? "read_now" : "read_again"), () => void read(), { class: "quiet" }),
  ];
  fill(status, parts);
}

async function refreshState(): Promise<void> {
  const isFirst = state === null;
  state = await get<State>("state");
  showState();
  // What a view offers depends on it.
  if (isFirst && state.read_only) show();
  if (state.job !== null && !state.job.over) watchWork();
}

async function read(): Promise<void> {
  try {
    await post("sync", {});
    watchWork();
  } catch (error) {
    fail(error);
  }
}

let isWatching = false;
/** Asks how far the work is until it is over. */
function watchWork(): void {
  if (isWatching) return;
  isWatching = true;
  const look = async (): Promise<void> => {
    try {
      const { job } = await get<{ job: Job | null }>("job");
      showWork(job);
      if (job !== null && !job.over) {
        window.setTimeout(() => void look(), isInHost || isAtServer ? 1000 : 300);
        return;
      }
      isWatching = false;
      if (trouble?.code === "no_snapshot") well();
      await refreshState();
      show();
    } catch (error) {
      fail(error);
      window.setTimeout(() => void look(), 1500);
    }
  };
  void look();
}

/** What became of the work, in a sentence or two. */
function outcome(job: Job): string[] {
  if (job.error !== null) return [t("not_done", { why: job.error.error.message })];
  const report = (job.report ?? {}) as Record<string, any>;
  const said: string[] = [];
  if (job.kind === "sync") {
    said.push(t("sync_over", report));
    if (report["complete"] === false) said.push(t("sync_left"));
  } else if (job.kind === "apply") {
    said.push(t("apply_over", { written: report["written"], remaining: report["remaining"] }));
  } else {
    said.push(t("undo_over", { undone: report["undone"], kept: report["kept_count"] }));
    if (report["unlinked"] > 0) said.push(t("undo_links", { links: report["unlinked"] }));
  }
  if (report["stopped"]) said.push(t("stopped_why", { why: textOf(report["stopped"]) }));
  return said;
}

let closed = 0;
function showWork(job: Job | null): void {
  work.hidden = job === null || job.number === closed;
  if (job === null || work.hidden) return;
  const key = `job_${job.kind}`;
  const name = isKey(key) ? t(key, { plan: job.plan }) : job.kind;
  work.setAttribute("aria-label", name);
  if (job.over) {
    const sentences = outcome(job);
    if (work.dataset["over"] !== String(job.number)) {
      say(sentences.join(" "));
      if (isInHost) host.report(`Done on the review page: ${job.kind}${job.plan === "" ? "" : ` of ${job.plan}`}. ${sentences.join(" ")}`);
    }
    work.dataset["over"] = String(job.number);
    fill(work, sentences.map((text) => el("p", { class: job.error === null ? "" : "warn" }, text)), button(t("close"), () => { closed = job.number; showWork(job); main.focus(); }));
    return;
  }
  const of = job.total === null ? t("job_done", { done: job.done }) : t("job_done_of", { done: job.done, total: job.total });
  const stop = work.querySelector<HTMLButtonElement>("button.stop");
  const hasFocus = stop !== null && stop === document.activeElement;
  const again = button(t(job.stopping ? "stopping" : "stop"), () => void post("job/stop").catch(fail), { class: "stop", "aria-disabled": job.stopping });
  fill(work, el("p", {}, name), el("progress", { max: job.total ?? null, value: job.total === null ? null : job.done, "aria-label": name }), el("p", { class: "figure" }, of), again);
  if (hasFocus) again.focus();
}

/** Opens the link in the address, if there is one, and takes it out of the address and of the history. */
async function openLink(): Promise<boolean> {
  if (isInHost || isAtServer) return true;
  const found = /^#open=([\w-]+)$/.exec(location.hash);
  if (found === null) return hasKey();
  const before = sessionRoute();
  history.replaceState(null, "", before);
  try {
    await open(found[1]!);
  } catch (error) {
    // A reload of an opened link: this page may be the one that is connected.
    if (error instanceof Refused && error.code === "link_used" && hasKey()) return true;
    throw error;
  }
  return true;
}

let lastRoute = "#/";
function sessionRoute(): string {
  return lastRoute;
}

async function start(): Promise<void> {
  try {
    const isOpen = await openLink();
    lastRoute = place() || "#/";
    if (!isOpen) {
      fail(new Refused("session", ""));
      return;
    }
    well();
    // A view that is there waits for no more than its answers; it stays as it is, and so does what somebody was about to say.
    if (queue.length > 0) await queue.send();
    if (view === null) show();
    // The first look at a long list takes a while, and this waits behind it.
    await refreshState();
  } catch (error) {
    fail(error);
  }
}

page.say = say;
page.fail = fail;
page.well = well;
page.refusal = refusal;
page.watchWork = watchWork;
page.state = () => state;
page.show = show;
page.areKeysOn = () => areKeysOn;

/** Looks as the host does, and shows what the person asked for. */
async function startInHost(): Promise<void> {
  let language = "";
  host.onContext = () => {
    document.documentElement.style.colorScheme = host.context.theme ?? "";
    if (host.context.locale !== undefined && host.context.locale !== language) {
      language = host.context.locale;
      startLanguage(language);
    }
    frameOf();
    showState();
    if (view !== null) show();
  };
  host.onWish = go;
  host.onEnd = () => queue.send();
  let reported = 0;
  queue.onChange(() => {
    if (queue.length > 0 || queue.kept === reported) return;
    reported = queue.kept;
    host.report(`The user has given ${reported === 1 ? "1 answer" : `${reported} answers`} about duplicates on the review page; kept.`);
  });
  await host.start();
}

startLanguage();
frameOf();
document.body.append(frame);
queue.onChange(showTrouble);
onPlace(() => {
  if (!isInHost && location.hash.startsWith("#open=")) {
    void start();
    return;
  }
  lastRoute = place() || "#/";
  if (hasKey()) {
    show();
    main.querySelector("h1")?.focus();
    window.scrollTo(0, 0);
  }
});
window.addEventListener("beforeunload", (event) => {
  if (queue.length > 0) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  const isTyping = target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
  if (!areKeysOn || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (view?.key?.(event.key.toLowerCase()) === true) event.preventDefault();
});
if (isInHost) startInHost().then(start, fail);
else void start();
