// What views of decisions share: the three answers and the way back, by button and by key.

import { queue, type Answers } from "./answers";
import type { Verdict } from "./api";
import { button, el } from "./dom";
import { page } from "./page";
import { t } from "./texts";

/** Keys and presses are ignored for so long after something new appeared, in milliseconds: they were meant for what was there before. */
const IGNORED = 150;

const KEYS: Record<string, Verdict> = { s: "same", d: "different", u: "unsure" };

/** Something that was answered: what was sent, what takes it back, and how the view goes back to it. */
interface Done { sent: Answers; back: Answers; goBack: () => void }

export class Decider {
  private done: Done[] = [];
  private since = 0;
  readonly actions: HTMLElement;

  /** `answer` is told what was answered about what is shown. */
  constructor(private readonly answer: (verdict: Verdict) => void, besides: HTMLElement[] = []) {
    const verdicts = Object.entries(KEYS).map(([key, verdict]) => this.action(key, verdict, () => this.press(verdict), verdict));
    this.actions = el("div", { class: "actions", role: "group", "aria-label": t("are_they_one") }, verdicts, this.action("b", "back", () => this.back(), "quiet"), besides);
  }

  private action(key: string, name: Verdict | "back", press: () => void, kind: string): HTMLButtonElement {
    const label = [t(name), " ", el("kbd", { "aria-hidden": "true" }, key.toUpperCase())];
    return button(label, press, { class: kind, "aria-keyshortcuts": key, "data-answer": name });
  }

  /** Something new is shown. */
  fresh(): void {
    this.since = performance.now();
  }

  private isTooSoon(): boolean {
    return performance.now() - this.since < IGNORED;
  }

  private press(verdict: Verdict): void {
    if (!this.isTooSoon()) this.answer(verdict);
  }

  /** Sends answers, and remembers how they are taken back. */
  send(answers: Answers, verdict: Verdict, goBack: () => void): void {
    const seen = answers.answers.map(({ subject }): [string, string, string] => {
      const [first = "", second = ""] = subject.split(":");
      return [first, second, verdict];
    });
    // What was decided before is decided anew when this is taken back.
    const before = new Map(answers.seen.map(([first, second, word]) => [key(first, second), word as Verdict]));
    const back = answers.answers.map(({ subject }) => {
      const [first = "", second = ""] = subject.split(":");
      return { subject, verdict: before.get(key(first, second)) ?? null };
    });
    this.done.push({ sent: answers, back: { answers: back, seen }, goBack });
    queue.put(answers);
  }

  /** Takes the last answer back. */
  back(): void {
    if (this.isTooSoon()) return;
    const last = this.done.pop();
    if (last === undefined) {
      page.say(t("nothing_to_take_back"));
      return;
    }
    queue.put(last.back);
    last.goBack();
    page.say(t("taken_back"));
  }

  /** Forgets answers that were refused. */
  forget(answers: Answers): void {
    this.done = this.done.filter(({ sent }) => sent !== answers);
  }

  key(pressed: string): boolean {
    const verdict = KEYS[pressed];
    if (verdict !== undefined) this.press(verdict);
    else if (pressed === "b") this.back();
    else return false;
    return true;
  }
}

function key(first: string, second: string): string {
  return first <= second ? `${first}:${second}` : `${second}:${first}`;
}
