// Answers on their way: sent one after the other, and kept until the program has confirmed each.

import { post, Refused, type Seen, type Verdict } from "./api";

/** Answers that are kept together or not at all. Without a verdict a decision is taken back. */
export interface Answers {
  answers: { subject: string; verdict: Verdict | null; note?: string }[];
  seen: Seen[];
}

type Listener = () => void;

const UNSENT = "review.unsent";
const AGAIN_AFTER = 1500;

class Queue {
  private waiting: Answers[] = [];
  private isSending = false;
  private timer: number | undefined;
  private listeners: Listener[] = [];
  /** Why nothing is sent at the moment. */
  stuck: Refused | null = null;
  /** Called for answers that the program refused for good. */
  refused: (answers: Answers, why: Refused) => void = () => {};
  /** Answers that were confirmed. */
  kept = 0;

  constructor() {
    try {
      this.waiting = JSON.parse(sessionStorage.getItem(UNSENT) ?? "[]") as Answers[];
    } catch {
      // Without storage they are kept as long as the page is open.
    }
  }

  get length(): number {
    return this.waiting.length;
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  put(answers: Answers): void {
    this.waiting.push(answers);
    this.changed();
    void this.send();
  }

  /** Waits until everything is confirmed or refused. */
  async settled(): Promise<void> {
    while (this.waiting.length > 0) await new Promise((done) => setTimeout(done, 20));
  }

  async send(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    clearTimeout(this.timer);
    while (this.waiting.length > 0) {
      const next = this.waiting[0]!;
      try {
        await post("decide", next);
        this.stuck = null;
        this.waiting.shift();
        this.kept += next.answers.length;
      } catch (error) {
        const why = error instanceof Refused ? error : new Refused("other", String(error));
        if (why.code === "gone" || why.code === "sign_in" || why.code === "session" || why.code === "state") {
          this.stuck = why;
          this.timer = window.setTimeout(() => void this.send(), AGAIN_AFTER);
          break;
        }
        this.waiting.shift();
        this.refused(next, why);
      }
      this.changed();
    }
    this.isSending = false;
    this.changed();
  }

  private changed(): void {
    try {
      sessionStorage.setItem(UNSENT, JSON.stringify(this.waiting));
    } catch {
      // As above.
    }
    for (const listener of this.listeners) listener();
  }
}

export const queue = new Queue();
