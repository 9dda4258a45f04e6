/** Why something was not done. `code` tells what the page can do about it. */
export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}
