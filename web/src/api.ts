// Questions to the program that served this page: over HTTP, or through the host that shows it.

import { host, isInHost } from "./host";
import { Refused } from "./refused";
import { isAtServer, signedIn } from "./signin";

export { Refused };

/** A value of a contact: whole, or its beginning and how many characters are left out. */
export type Value = string | { text: string; more: number };
export type Fields = Record<string, Value>;
export type Members = Record<string, Fields>;
export type Verdict = "same" | "different" | "unsure";
/** A decision as it was shown: two contacts and what was said of them. */
export type Seen = [string, string, string];

export interface PatternCount { pattern: string; count: number }
export interface Totals {
  contacts: number; sure: number; review: number; entries_sure: number; entries_review: number; questions: number;
  patterns: PatternCount[];
}
export interface Pair { contacts: [string, string]; score: number; pattern: string; because: string }
export interface Questions { total: number; pairs: Pair[]; members: Members; totals: Totals }
export interface Group {
  group: string; tier: "sure" | "review"; score: number; members: string[]; patterns: string[]; because: string; keep: string;
  seen: Seen[];
}
export interface Groups { total: number; groups: Group[]; members: Members; totals: Totals }
export interface Fix { field: string; before: Value; after: Value }
export interface Finding {
  kind: string; severity: string; count: number; fixable: number; fix: string; meaning: string;
  examples: { contact: string; field: string; value: Value; fix: Fix[] }[];
}
/** The numbers of a week; null where nobody looked at the list in it. */
export interface Week {
  week: string;
  score: number | null;
  findings: number | null;
  fixed: number;
  undone: number;
  decided: number;
}

export interface Overview {
  weeks: Week[];
  audit: { contacts: number; affected: number; score: number | null; kinds: Finding[] };
  duplicates: Totals; channels: { value: Value; count: number }[]; months: { value: Value; count: number }[];
}
export interface SharedValue {
  value: Value; subject: string; sharing: string; settled: string; people: string[][]; entries: number; seen: Seen[];
}
export interface SharedValues {
  total: number; counts: Record<string, number>; questions: number; values: SharedValue[]; members: Members;
}
export interface Decision { contacts: [string, string]; verdict: Verdict; at: string | null; note: Value; because: string }
export interface Decisions { total: number; counts: Record<string, number>; decisions: Decision[]; members: Members }
export interface Counts {
  pending: number; applied: number; skipped: number; ignored: number; unknown: number; undone: number; kept: number;
}
export interface Plan {
  plan: string; fingerprint: string; steps: number; contacts: number; links: number; linked: number;
  fields: { what: Value; count: number }[]; left_out: { what: Value; count: number }[];
  protected: { what: Value; count: number }[]; requests: number; minutes: number; counts: Counts; tried: number; made_at: string;
}
export interface Upcoming { contacts: number; fields: number; remaining: number }
export interface Step {
  number: number; contact: string; field: string; before: Value; after: Value; status: string; why: Value; kind: string;
  group: string; link: string[] | null;
}
export interface Steps {
  total: number; contacts: number; counts: Record<string, number>; steps: Step[]; names: Record<string, Value>;
}
export interface Job {
  number: number; kind: string; plan: string; done: number; total: number | null; what: Value; over: boolean; stopping: boolean;
  report: Record<string, unknown> | null; error: { error: { code: string; message: string } } | null;
}
export interface State {
  place: string; read_only: boolean; synced_at: string | null; paused_since: string | null; at_work: string | null;
  job: Job | null; version: string;
}
export interface Span { plan: string; work: string; first: string; last: string; contacts: number }

const KEY = "review.key";
let key = "";
try {
  key = sessionStorage.getItem(KEY) ?? "";
} catch {
  // A browser without storage: the page works until it is closed.
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  const address = `${isAtServer ? "/review/api/" : "/api/"}${path}`;
  try {
    const headers = { ...(isAtServer ? signedIn() : { "x-review-key": key }), ...(init.body === undefined ? {} : { "content-type": "application/json" }) };
    response = await fetch(address, { credentials: isAtServer ? "omit" : "same-origin", cache: "no-store", redirect: "error", headers, ...init });
  } catch {
    throw new Refused("gone", "");
  }
  if (isAtServer && response.status === 401) throw new Refused("sign_in", "");
  let answer: any;
  try {
    answer = await response.json();
  } catch {
    throw new Refused(response.ok ? "gone" : "other", `HTTP ${response.status}`);
  }
  const code = answer?.error?.code;
  if (!response.ok) throw new Refused(typeof code === "string" ? code : "other", answer?.error?.message ?? `HTTP ${response.status}`);
  return answer;
}

/** Asks for something; parameters that are empty are left out. */
export async function get<Answer>(path: string, parameters: Record<string, string | number | undefined> = {}): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  if (isInHost) return (await host.call("review_page_read", { path, query: text })) as Answer;
  return (await ask(`${path}${text ? `?${text}` : ""}`, {})) as Answer;
}

/** Tells something. */
export async function post<Answer>(path: string, body: object = {}): Promise<Answer> {
  if (isInHost) return (await host.call("review_page_write", { path, body })) as Answer;
  return (await ask(path, { method: "POST", body: JSON.stringify(body) })) as Answer;
}

/** Opens the one-time link. */
export async function open(token: string): Promise<void> {
  const answer = await post<{ key: string }>("open", { token });
  key = answer.key;
  try {
    sessionStorage.setItem(KEY, key);
  } catch {
    // As above.
  }
}

/** Whether this page was connected once. */
export function hasKey(): boolean {
  return isInHost || isAtServer || key !== "";
}
