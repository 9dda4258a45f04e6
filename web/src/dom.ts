// Elements. Texts become text nodes and nothing else: no part of the page is made of markup in a value.

export type Child = Node | string | number | null | undefined | false | Child[];

type Listeners = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };

interface Properties {
  class?: string;
  on?: Listeners;
  /** Attributes; `true` is one without a value, `false`, null and undefined are none. */
  [attribute: string]: string | number | boolean | null | undefined | Listeners;
}

/** An element with attributes, listeners and children. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value as Listeners)) {
        element.addEventListener(event, listener as EventListener);
      }
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  add(element, children);
  return element;
}

function add(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) add(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false) {
      parent.appendChild(document.createTextNode(String(child)));
    }
  }
}

/** Puts children in the place of those that are there. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  add(parent, children);
}

/** A button. */
export function button(label: Child, press: () => void, properties: Properties = {}): HTMLButtonElement {
  return el("button", { type: "button", on: { click: press }, ...properties }, label);
}

/** A form with its button, sent by that or by Enter. A host may forbid a page to submit forms, and then a browser says nothing of it. */
export function form(send: (form: HTMLFormElement) => void, label: Child, properties: Properties, ...children: Child[]): HTMLFormElement {
  const made: HTMLFormElement = el("form", { ...properties, on: { submit: (event) => event.preventDefault() } }, children, button(label, () => send(made), { class: "primary" }));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    send(made);
  });
  return made;
}

/** What the server has put into the head of the page under a name. */
export function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}
