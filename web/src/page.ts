// What views may use of the frame around them.

import type { State } from "./api";

/** A part of the page that takes the place of the one before. */
export interface View {
  element: HTMLElement;
  load(): Promise<void>;
  /** A key that was pressed; true if it meant something. */
  key?(key: string): boolean;
  leave?(): void;
}

const missing = (): never => {
  throw new Error("the frame is not there yet");
};

/** The frame; `main` puts it in. */
export const page = {
  /** Says something in passing, and something besides to those who hear the page. */
  say: missing as (text: string, besides?: string) => void,
  /** Says what went wrong until somebody has read it. */
  fail: missing as (error: unknown) => void,
  /** Forgets what went wrong. */
  well: missing as () => void,
  /** What went wrong, in a sentence. */
  refusal: missing as (error: unknown) => string,
  /** Shows how far the work is that was just begun. */
  watchWork: missing as () => void,
  state: missing as () => State | null,
  /** Shows the view of the address anew. */
  show: missing as () => void,
  areKeysOn: missing as () => boolean,
};
