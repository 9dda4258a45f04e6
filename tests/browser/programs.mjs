// The programs under test: local gateways, commands, and the review page's server.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const binary = process.argv[2];
const running = new Set();

/** A program that says with a line that it is ready; what its line holds. */
function started(words, env, ready) {
  const child = spawn(binary, words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.on("exit", () => running.delete(child));
  let said = "";
  return new Promise((resolve, reject) => {
    const look = (data) => {
      said += data;
      const found = ready.exec(said);
      if (found) resolve({ child, found });
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("exit", (code) => reject(new Error(`${words.join(" ")} ended with ${code}: ${said}`)));
  });
}

/** A local gateway with an empty state beside it. */
export class Place {
  static async with(people) {
    const place = new Place();
    place.directory = mkdtempSync(join(tmpdir(), "review-"));
    const words = ["local-gateway", "--listen", "127.0.0.1:0", ...people];
    const { found } = await started(words, {}, /IMBRACE_BASE_URL=(\S+) IMBRACE_ACCESS_TOKEN=(\S+)/);
    [, place.url, place.token] = found;
    return place;
  }

  words(words) {
    return ["cleanup", ...words, "--base-url", this.url, "--state-dir", this.directory];
  }

  /** What a command answers. */
  async command(...words) {
    const env = { ...process.env, IMBRACE_ACCESS_TOKEN: this.token };
    const done = await promisify(execFile)(binary, this.words([...words, "--json"]), { env, maxBuffer: 1 << 28 });
    return JSON.parse(done.stdout);
  }

  /** Every contact that the gateway has, without the time of its last change. */
  async contacts() {
    const rows = [];
    for (;;) {
      const address = `${this.url}/channel-service/v1/contacts?limit=100&skip=${rows.length}`;
      const response = await fetch(address, { headers: { "x-access-token": this.token } });
      const { data } = await response.json();
      rows.push(...data);
      if (data.length < 100) break;
    }
    return rows.map(({ updated_at, ...rest }) => JSON.stringify(rest)).sort();
  }

  /** The MCP server over the same state; its address, and a way to end it. */
  async serve(...words) {
    const all = ["serve", "--http", "127.0.0.1:0", "--base-url", this.url, "--state-dir", this.directory, ...words];
    const { child, found } = await started(all, { IMBRACE_ACCESS_TOKEN: this.token, NO_COLOR: "1" }, /listening at (http:\S+\/mcp)/);
    return { address: found[1], end: () => new Promise((resolve) => { child.on("exit", resolve); child.kill("SIGINT"); }) };
  }

  /** The review page; its link. */
  async review(...words) {
    const all = this.words(["review", "--no-open", "--rate", "1000", ...words]);
    const { child, found } = await started(all, { IMBRACE_ACCESS_TOKEN: this.token }, /(http:\/\/127\.0\.0\.1:(\d+)\/#open=\S+)/);
    return {
      link: found[1],
      port: found[2],
      origin: `http://127.0.0.1:${found[2]}`,
      /** Ends it as Ctrl-C does, or at once. */
      end: (signal = "SIGINT") => new Promise((resolve) => {
        child.on("exit", (code) => resolve(code));
        child.kill(signal);
      }),
    };
  }
}

/** Ends the pages and servers that a failed check has left. */
export function endReviews() {
  for (const child of running) if (["review", "serve"].some((word) => child.spawnargs.includes(word))) child.kill("SIGKILL");
}

/** Ends whatever still runs. */
export function endAll() {
  for (const child of running) child.kill("SIGKILL");
}
