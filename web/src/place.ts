// Which view is shown. Its address stands in the browser's, so that going back works; inside a chat the page has no address of its own.

import { isInHost } from "./host";

const START = "#/";
let own = START;
let changed: () => void = () => {};

/** The address of the view, from `#` on. */
export function place(): string {
  return isInHost ? own : location.hash;
}

/** Goes to another view. */
export function go(to: string): void {
  if (!isInHost) location.hash = to;
  else {
    own = to || START;
    changed();
  }
}

/** Calls back whenever the view is to change. */
export function onPlace(listener: () => void): void {
  changed = listener;
  if (!isInHost) {
    window.addEventListener("hashchange", listener);
    return;
  }
  // A link within the page would lead to the host's own address.
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="#"]');
    if (link === null || event.defaultPrevented) return;
    event.preventDefault();
    go(link.getAttribute("href") ?? START);
  });
}
