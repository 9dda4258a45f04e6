// How long the review page takes: `tests/browser/run BINARY figures`, with a binary of `cargo build --release` on a machine that does little
// else. Prints medians; nothing is judged here.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { endAll, Place } from "./programs.mjs";

const GROUPS = 2000;
const ROUNDS = 21;

const browser = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "browser-")), {
  executablePath: "/usr/bin/chromium",
  headless: true,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const place = await Place.with(["--contacts", "24000", "--seed", "5"]);
await place.command("sync", "--rate", "5000");
const { sure, review: toReview, groups } = await place.command("duplicates");
const review = await place.review();
const page = await browser.newPage();
const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
const said = (name, numbers, goal) => {
  const middle = median(numbers);
  console.log(`${name}: ${middle.toFixed(0)} ms (${numbers[0].toFixed(0)}-${numbers.at(-1).toFixed(0)}, ${numbers.length} times; goal ${goal} ms)`);
};
/** From the beginning of a navigation until what it shows is on the screen. */
const shown = () => page.evaluate(() => new Promise((done) => {
  const look = () => {
    const isThere = document.querySelector("main[aria-busy=false] .case, main[aria-busy=false] .tile");
    if (isThere) requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    else requestAnimationFrame(look);
  };
  look();
}));

await page.goto(review.link);
await shown();
for (const view of ["", "duplicates"]) {
  await page.evaluate((hash) => { location.hash = hash; }, `#/${view}`);
  await page.locator("main[aria-busy=false]").waitFor();
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.reload({ waitUntil: "commit" });
    times.push(await shown());
  }
  said(`page ready, ${view || "overview"}`, times, 300);
}
await page.locator(".case").waitFor();
const total = Number(/of ([\d,]+)/.exec(await page.locator("main .figure").first().innerText())?.[1].replace(",", "") ?? 0);
console.log(`groups on the page: ${total} (asked for: at least ${GROUPS}); first ${groups.length} listed, sure ${sure}, to review ${toReview}`);
const steps = await page.evaluate((rounds) => new Promise((done) => {
  const times = [];
  const next = () => {
    const was = document.querySelector("main .figure").textContent;
    const since = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
    const look = () => {
      if (document.querySelector("main .figure").textContent === was) return void requestAnimationFrame(look);
      requestAnimationFrame(() => setTimeout(() => {
        times.push(performance.now() - since);
        if (times.length === rounds) done(times);
        else setTimeout(next, 200);
      }));
    };
    look();
  };
  setTimeout(next, 200);
}), ROUNDS * 5);
said("next group", steps, 50);
await browser.close();
endAll();
