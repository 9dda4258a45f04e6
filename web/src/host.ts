// The host of an MCP App: a chat that shows this page, passes on its questions as calls of tools, and says what the person asked for.
//
// The messages are those of the extension's version 2026-01-26: JSON-RPC over `postMessage`, with the window above and nobody else.

import { meta } from "./dom";
import { Refused } from "./refused";

const VERSION = "2026-01-26";
/** How long the host may take for an answer, in milliseconds: a tool call ends within a minute. */
const PATIENCE = 70_000;
/** The tallest that the page asks to be, in pixels; the rest is scrolled. */
const TALLEST = 900;

export interface HostContext {
  theme?: "light" | "dark";
  locale?: string;
  displayMode?: string;
  availableDisplayModes?: string[];
  toolInfo?: { tool?: { name?: string } };
}
interface Answer { result?: any; error?: { message?: string } }
interface Message extends Answer { jsonrpc?: string; id?: number | string; method?: string; params?: any }

/** Whether the page is shown by a host. */
export const isInHost = meta("connection") === "host";
const key = meta("key");

class Host {
  private next = 1;
  private waiting = new Map<number, (answer: Answer) => void>();
  private capabilities: Record<string, unknown> = {};
  context: HostContext = {};
  /** Called when the person asked for something, with the view that shows it. */
  onWish: (place: string) => void = () => {};
  /** Called when the host looks otherwise: light or dark, its language, how much of the screen. */
  onContext: () => void = () => {};
  /** Called before the host takes the page away. */
  onEnd: () => Promise<void> = async () => {};

  /** Shakes hands with the host. */
  async start(): Promise<void> {
    window.addEventListener("message", (event: MessageEvent<Message>) => {
      if (event.source === window.parent && event.data?.jsonrpc === "2.0") this.take(event.data);
    });
    const answer = await this.ask("ui/initialize", {
      appInfo: { name: "imbrace-contacts-review", version: "1" },
      appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
      protocolVersion: VERSION,
    });
    this.capabilities = answer?.hostCapabilities ?? {};
    this.context = answer?.hostContext ?? {};
    this.tell("ui/notifications/initialized", {});
    this.onContext();
    new ResizeObserver(() => {
      const height = Math.ceil(Math.min(document.documentElement.scrollHeight, TALLEST));
      this.tell("ui/notifications/size-changed", { height });
    }).observe(document.body);
  }

  /** Asks the host to give the page all of the screen, or the place that it had in the chat. */
  async show(mode: "inline" | "fullscreen"): Promise<void> {
    const answer = await this.ask("ui/request-display-mode", { mode });
    this.context = { ...this.context, displayMode: answer?.mode ?? this.context.displayMode };
    this.onContext();
  }

  /** What the model is to know of what was done here, where the host passes that on. */
  report(text: string): void {
    if (this.capabilities["updateModelContext"] === undefined) return;
    void this.ask("ui/update-model-context", { content: [{ type: "text", text }] }).catch(() => {
      // It is told by the answers of the tools, too.
    });
  }

  /** Calls a tool of the server, which answers with JSON or, as an error, with the page's own. */
  async call(name: "review_page_read" | "review_page_write", asked: Record<string, unknown>): Promise<unknown> {
    const result = await this.ask("tools/call", { name, arguments: { key, ...asked } });
    const text = (result?.content ?? []).find((part: any) => part?.type === "text")?.text ?? "";
    let answer: any;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Refused("other", text || "the host gave no answer");
    }
    if (result?.isError) throw new Refused(answer?.error?.code ?? "other", answer?.error?.message ?? text);
    return answer;
  }

  private ask(method: string, params: unknown): Promise<any> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Refused("gone", ""));
      }, PATIENCE);
      this.waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result);
        else reject(new Refused("other", error.message ?? ""));
      });
      this.send({ id, method, params });
    });
  }

  private tell(method: string, params: unknown): void {
    this.send({ method, params });
  }

  private send(message: Message): void {
    // The host's origin is not known before it speaks; nothing is sent that it may not know: it passes on all of it.
    window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  }

  private take(message: Message): void {
    if (message.method === undefined) {
      const answered = this.waiting.get(Number(message.id));
      this.waiting.delete(Number(message.id));
      answered?.(message);
    } else if (message.id !== undefined) {
      void this.answer(message.id, message.method);
    } else {
      this.hear(message.method, message.params ?? {});
    }
  }

  private async answer(id: number | string, method: string): Promise<void> {
    if (method === "ui/resource-teardown") await this.onEnd();
    else if (method !== "ping") {
      this.send({ id, error: { code: -32601, message: "the page has no such method" } } as Message);
      return;
    }
    this.send({ id, result: {} });
  }

  private hear(method: string, params: any): void {
    if (method === "ui/notifications/host-context-changed") {
      this.context = { ...this.context, ...params };
      this.onContext();
    } else if (method === "ui/notifications/tool-input") {
      const wish = wished(this.context.toolInfo?.tool?.name ?? "", params.arguments ?? {});
      if (wish !== null) this.onWish(wish);
    } else if (method === "ui/notifications/tool-result") {
      const plan = planOf(params);
      if (plan !== null && this.context.toolInfo?.tool?.name === "plan_cleanup") this.onWish(`#/plans/${plan}`);
    }
  }
}

/** The plan that an answer names first. */
function planOf(result: any): string | null {
  const texts = (result?.content ?? []).map((part: any) => String(part?.text ?? ""));
  return /\bplan_[0-9a-z]+\b/.exec(texts.join("\n"))?.[0] ?? null;
}

/** The view that shows what a tool was asked for. */
function wished(tool: string, given: Record<string, unknown>): string | null {
  const text = (name: string): string => (typeof given[name] === "string" ? (given[name] as string) : "");
  const query = (values: Record<string, string>): string => {
    const filled = Object.entries(values).filter(([, value]) => value !== "");
    return filled.length > 0 ? `?${new URLSearchParams(filled).toString()}` : "";
  };
  switch (tool) {
    case "audit_contacts": return "#/";
    case "plan_cleanup": return "#/plans";
    case "show_cleanup": return text("plan") === "" ? "#/history" : `#/plans/${encodeURIComponent(text("plan"))}`;
    case "find_duplicate_contacts":
      if (text("contact") !== "") return `#/contact/${encodeURIComponent(text("contact"))}`;
      if (text("pattern") !== "" || text("tier") === "questions") return `#/questions${query({ pattern: text("pattern") })}`;
      if (text("tier") === "shared") return "#/shared";
      return `#/duplicates${query({ tier: ["sure", "review"].includes(text("tier")) ? text("tier") : "" })}`;
    default: return null;
  }
}

export const host = new Host();
