// Signing in to a server that serves this page to everybody: what each question shows, kept for the tab alone.

import { meta } from "./dom";

const KEPT = "review.signed-in";

/** Whether the page is served by a server over HTTP, at which every caller signs in. */
export const isAtServer = meta("connection") === "server";
/** Whether it wants a bearer token. */
export const asksForToken = meta("token") === "true";
/** The header that takes a gateway credential, where each caller brings their own. */
export const credentialHeader = meta("credential-header");

let shown: { token: string; credential: string } = { token: "", credential: "" };
try {
  shown = { ...shown, ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") };
} catch {
  // Without storage the page asks again after a reload.
}

/** Takes what proves who is here; a reload of this tab keeps it, and closing the tab forgets it. */
export function signIn(token: string, credential: string): void {
  shown = { token: token.trim(), credential: credential.trim() };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(shown));
  } catch {
    // As above.
  }
}

/** The headers of a question. */
export function signedIn(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (shown.token !== "") headers["authorization"] = `Bearer ${shown.token}`;
  if (credentialHeader !== "" && shown.credential !== "") headers[credentialHeader] = shown.credential;
  return headers;
}
