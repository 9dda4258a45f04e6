// The review page, as people use it: by mouse, by keyboard, on a phone's width, with hostile names, and with a server that dies.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { hostile } from "./hostile.mjs";
import { endAll, endReviews, Place } from "./programs.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

/** The views, each by its address. */
const VIEWS = ["", "duplicates", "duplicates?tier=sure", "questions", "shared", "plans", "history", "contact"];

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "browser-")), {
  executablePath: "/usr/bin/chromium",
  headless: true,
  viewport: { width: 1200, height: 900 },
  locale: "en-GB",
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

/** What the browser asked for, and what the page complained of. */
const asked = [];
const complaints = [];
context.on("request", (request) => asked.push(request.url()));
context.on("page", (page) => {
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on("console", (message) => {
    // A refused request is shown on the page; the console says so, too.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(`console: ${message.text()}`);
  });
});

let only = process.argv[3];
async function check(name, test) {
  if (only && !name.includes(only)) return;
  complaints.length = 0;
  const page = await context.newPage();
  // A busy machine is no failure.
  page.setDefaultTimeout(60_000);
  // A promise in the page that nothing keeps is one.
  let late;
  const ended = new Promise((_, reject) => { late = setTimeout(() => reject(new Error("it does not end")), 240_000); });
  try {
    await Promise.race([test(page), ended]);
    assert.deepEqual(complaints, [], "the page complains");
    console.log(`pass: ${name}`);
  } catch (error) {
    console.log(`FAIL: ${name}: ${error.stack ?? error}`);
    if (pictures) await page.screenshot({ path: join(pictures, `failed-${name.replace(/\W+/g, "-")}.png`) }).catch(() => {});
  }
  clearTimeout(late);
  await page.close({ runBeforeUnload: false });
  endReviews();
}

const open = async (page, link) => {
  await page.goto(link);
  await page.locator("nav.menu a[aria-current=page]").waitFor();
};
/** Goes to a view, and waits until it has what it asked for. */
const go = async (page, view) => {
  await page.evaluate((hash) => new Promise((shown) => {
    if (location.hash === hash) shown();
    addEventListener("hashchange", () => shown(), { once: true });
    location.hash = hash;
  }), `#/${view}`);
  await page.locator("main[aria-busy=false]").waitFor();
};
const text = (page, selector) => page.locator(selector).first().innerText();
const picture = async (page, name) => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
};

/** What axe finds against WCAG 2, levels A and AA. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
}

const place = await Place.with(["--contacts", "3000", "--seed", "7"]);
await place.command("sync", "--rate", "1000");

await check("a link is good once, and says so in a sentence", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  assert.ok(!page.url().includes("open="), "the secret stays in the address");
  const other = await context.newPage();
  await other.goto(review.link);
  await other.getByText("This link has been opened already").waitFor();
  await other.goto(`${review.origin}/#open=${"A".repeat(43)}`);
  await other.getByText("This link belongs to another start of the program").waitFor();
  await other.close();
  // The tab that was let in stays in, also after a reload.
  await page.reload();
  await page.locator(".tile").first().waitFor();
  assert.equal(await review.end(), 0);
});

await check("every view works in three languages, light and dark, at 320 pixels, with 0 violations of WCAG A and AA", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  const plan = await place.command("plan", "--fix", "safe");
  const questions = await place.command("duplicates");
  const [contact] = questions.groups[0].members;
  for (const language of ["en", "vi", "zh-Hant"]) {
    await page.locator("#language").selectOption(language);
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    for (const view of [...VIEWS, `plans/${plan.plan}`, `contact/${contact}`]) {
      await go(page, view);
      const said = await text(page, "main");
      assert.ok(said.length > 10 && !said.includes("undefined") && !/\{\w+\}/.test(said), `${language} ${view}: ${said}`);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await violations(page), [], `${language} ${view} ${colorScheme}`);
        if (language === "en") await picture(page, `${view.replace(/plan_\w+|con_.*/, "one").replace(/\W+/g, "-") || "overview"}-${colorScheme}`);
      }
      await page.setViewportSize({ width: 320, height: 640 });
      const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
      assert.ok(wide <= 320, `${language} ${view} is ${wide} pixels wide`);
      if (language === "en") {
        assert.deepEqual(await violations(page), [], `${view} at 320 pixels`);
        await picture(page, `${view.replace(/plan_\w+|con_.*/, "one").replace(/\W+/g, "-") || "overview"}-narrow`);
      }
      await page.setViewportSize({ width: 1200, height: 900 });
    }
  }
  await page.locator("#language").selectOption("en");
  await place.command("plan", plan.plan, "--discard");
  await review.end();
});

await check("100 questions by keyboard, with 0 answers lost when the server is killed in between", async (page) => {
  const many = await Place.with(["--contacts", "12000", "--seed", "3"]);
  await many.command("sync", "--rate", "1000");
  const before = (await many.command("decisions")).total;
  let review = await many.review();
  await open(page, review.link);
  await go(page, "questions");
  await page.locator(".asked h2").waitFor();
  let strokes = 0;
  const answer = async (key) => {
    const count = await text(page, ".asked .figure");
    await page.waitForTimeout(160);
    await page.keyboard.press(key);
    strokes += 1;
    await page.waitForFunction((was) => document.querySelector(".asked .figure")?.textContent !== was, count);
  };
  for (let number = 0; number < 50; number += 1) await answer("sdu"[number % 3]);
  // Nobody waits for what is on its way.
  await review.end("SIGKILL");
  for (let number = 0; number < 3; number += 1) await answer("d");
  await page.getByText("The program does not answer").waitFor();
  await page.getByText("answers are not kept yet").waitFor();
  review = await many.review("--port", review.port);
  await page.goto(review.link);
  await page.getByText("answers are not kept yet").waitFor({ state: "hidden" });
  await page.locator(".asked h2").waitFor();
  for (let number = 53; number < 100; number += 1) await answer("sdu"[number % 3]);
  await page.waitForFunction(() => sessionStorage.getItem("review.unsent") === "[]");
  assert.ok(strokes <= 120, `${strokes} keystrokes`);
  const kept = await many.command("decisions", "--limit", "1");
  assert.equal(kept.total - before, 100, `answers that are kept: ${JSON.stringify(kept.counts)}`);
  // Back takes the last one back, and comes to its question again.
  await page.waitForTimeout(160);
  await page.keyboard.press("b");
  await page.waitForFunction(() => sessionStorage.getItem("review.unsent") === "[]");
  assert.equal((await many.command("decisions", "--limit", "1")).total - before, 99, "the last answer is taken back");
  await review.end();
});

await check("keys are ignored for 150 ms after a new group appears", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  await go(page, "questions");
  await page.locator(".asked h2").waitFor();
  await page.waitForTimeout(200);
  const total = (await place.command("decisions")).total;
  await page.evaluate(() => {
    for (let number = 0; number < 10; number += 1) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "u", bubbles: true }));
  });
  await page.waitForFunction(() => sessionStorage.getItem("review.unsent") === "[]");
  assert.equal((await place.command("decisions")).total, total + 1);
  await place.command("decide", "--reopen", "unsure");
  await review.end();
});

await check("a whole pattern is answered after all of it was shown, and taken back", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  const { patterns } = await place.command("duplicates");
  const few = patterns.filter((found) => found.count > 1).at(-1) ?? patterns.at(-1);
  const before = (await place.command("decisions")).total;
  await go(page, `questions?pattern=${encodeURIComponent(few.pattern)}`);
  await page.getByText("Answer the whole pattern").click();
  await page.getByRole("button", { name: `All ${few.count}: different people` }).click();
  await page.locator(".case").getByText("All of these are answered").waitFor();
  await page.waitForFunction(() => sessionStorage.getItem("review.unsent") === "[]");
  assert.equal((await place.command("decisions")).total, before + few.count);
  await page.waitForTimeout(160);
  await page.getByRole("button", { name: "Back" }).click();
  await page.waitForFunction(() => sessionStorage.getItem("review.unsent") === "[]");
  await page.locator(".asked h2").waitFor();
  assert.equal((await place.command("decisions")).total, before);
  await review.end();
});

await check("two people never overwrite each other's answers silently", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  await go(page, "questions");
  await page.locator(".asked h2").waitFor();
  const links = await page.locator(".compare thead a").evaluateAll((all) => all.map((one) => decodeURIComponent(one.hash.split("/").at(-1))));
  await place.command("decide", "--different", links.join(":"));
  await page.waitForTimeout(160);
  await page.keyboard.press("s");
  await page.getByText("Somebody else has decided about this meanwhile").waitFor();
  const { decisions } = await place.command("decisions", "--contact", links[0]);
  assert.deepEqual(decisions.filter((one) => one.contacts.includes(links[1])).map((one) => one.verdict), ["different"]);
  await place.command("decide", "--reopen", links.join(":"));
  await review.end();
});

/** Goes on with Tab until an element with this text is focused. */
async function tabTo(page, text, tag) {
  for (let presses = 0; presses < 400; presses += 1) {
    const isThere = await page.evaluate(([wanted, tag]) => document.activeElement?.tagName === tag && document.activeElement.textContent.trim() === wanted, [text, tag]);
    if (isThere) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${text}`);
}

async function overThePage(page, review, act) {
  const before = await place.contacts();
  // Decide.
  await act.follow(page, "Duplicates");
  await page.locator(".asked h2").waitFor();
  await page.waitForTimeout(160);
  await act.answer(page);
  await page.waitForFunction(() => sessionStorage.getItem("review.unsent") === "[]");
  // Plan.
  await act.follow(page, "Plans");
  await page.locator("form.panel").waitFor();
  await act.press(page, "Make the plan");
  await page.locator(".steps tbody tr").first().waitFor();
  // Apply.
  await act.press(page, "Write");
  await page.locator(".consent").getByText("Will now write 20 contacts").waitFor();
  assert.deepEqual(await place.contacts(), before, "something was written before anybody agreed");
  await act.press(page, "Write now");
  await page.getByText(/20 contacts are written/).first().waitFor();
  const written = await place.contacts();
  assert.equal(written.filter((contact) => !before.includes(contact)).length, 20);
  // Undo, from the history.
  await act.follow(page, "History");
  await page.locator("main th a").first().waitFor();
  await act.follow(page, page.locator("main th a").first());
  await page.locator(".steps tbody tr").first().waitFor();
  await act.press(page, "Take back all of it");
  await page.locator(".consent").getByText("Will now put back").waitFor();
  await act.press(page, "Put back now");
  await page.getByText(/fields are put back/).first().waitFor();
  assert.deepEqual(await place.contacts(), before, "the undo does not put back what was there");
}

await check("decide, plan, apply and undo by mouse", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  await overThePage(page, review, {
    follow: async (page, link) => (typeof link === "string" ? page.getByRole("link", { name: link, exact: true }) : link).click(),
    press: async (page, name) => page.getByRole("button", { name, exact: true }).click(),
    answer: async (page) => page.getByRole("button", { name: "Different people" }).click(),
  });
  await review.end();
});

await check("decide, plan, apply and undo by keyboard alone", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  const byTab = async (page, name, tag) => {
    await tabTo(page, name, tag);
    await page.keyboard.press("Enter");
  };
  await overThePage(page, review, {
    follow: async (page, link) => byTab(page, typeof link === "string" ? link : (await link.textContent()).trim(), "A"),
    press: async (page, name) => byTab(page, name, "BUTTON"),
    answer: async (page) => page.keyboard.press("u"),
  });
  await review.end();
});

await check("a plan is narrowed, written in steps with progress, and a part of it taken back", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  const before = await place.contacts();
  await go(page, "plans");
  await page.getByRole("button", { name: "Make the plan" }).click();
  await page.locator(".steps tbody tr").first().waitFor();
  const first = await text(page, "h2");
  await page.locator(".steps tbody input").first().check();
  await page.getByRole("button", { name: /Leave these contacts out/ }).click();
  await page.waitForFunction((was) => document.querySelector("h2")?.textContent !== was, first);
  await page.locator("#most").fill("3");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await page.getByText("Will now write 3 contacts").waitFor();
  await page.getByRole("button", { name: "Write now" }).click();
  await page.getByText(/3 contacts are written/).first().waitFor();
  assert.equal((await place.contacts()).filter((contact) => !before.includes(contact)).length, 3);
  await page.locator("#by-status").selectOption("written");
  await page.waitForTimeout(300);
  await page.locator(".steps tbody input").first().check();
  await page.getByRole("button", { name: /Take back the selected contacts/ }).click();
  await page.getByRole("button", { name: "Put back now" }).click();
  await page.getByText(/put back;/).first().waitFor();
  assert.equal((await place.contacts()).filter((contact) => !before.includes(contact)).length, 2);
  await page.getByRole("button", { name: "Take back all of it" }).click();
  await page.getByRole("button", { name: "Put back now" }).click();
  await page.waitForFunction(() => /put back;/.test(document.querySelector(".work")?.textContent ?? ""));
  await page.waitForTimeout(500);
  assert.deepEqual(await place.contacts(), before);
  await review.end();
});

await check("a plan that was applied elsewhere is not written on", async (page) => {
  const review = await place.review();
  await open(page, review.link);
  const plan = await place.command("plan", "--fix", "safe");
  await go(page, `plans/${plan.plan}`);
  await page.locator("#most").fill("100000");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await page.getByText("Will now write").waitFor();
  await place.command("apply", plan.plan, "--fingerprint", plan.fingerprint, "--rate", "1000").catch(() => {});
  await page.getByRole("button", { name: "Write now" }).click();
  await page.getByText("Somebody has gone on with this plan").waitFor();
  await place.command("undo", plan.plan, "--write", "--yes", "--rate", "1000");
  await review.end();
});

await check("nothing is written where the operator wants no writes", async (page) => {
  const review = await place.review("--read-only");
  await open(page, review.link);
  const plan = await place.command("plan", "--fix", "safe");
  await go(page, `plans/${plan.plan}`);
  await page.getByText("Nothing is written: read-only").waitFor();
  assert.equal(await page.getByRole("button", { name: "Write", exact: true }).count(), 0);
  await place.command("plan", plan.plan, "--discard");
  await review.end();
});

await check("hostile names make no elements, no requests elsewhere, and run no script, on every view", async (page) => {
  const file = join(mkdtempSync(join(tmpdir(), "hostile-")), "people.jsonl");
  writeFileSync(file, hostile().map((contact) => JSON.stringify(contact)).join("\n"));
  const strange = await Place.with(["--people", file]);
  await strange.command("sync", "--rate", "1000");
  const review = await strange.review();
  await open(page, review.link);
  const plan = await strange.command("plan", "--fix", "safe");
  await page.evaluate(() => { globalThis.made = []; });
  await page.evaluate(() => {
    const known = new Set(["HTML", "HEAD", "META", "TITLE", "STYLE", "BODY", "NOSCRIPT", "SCRIPT"]);
    new MutationObserver((all) => {
      for (const { addedNodes } of all) {
        for (const node of addedNodes) {
          const inside = node.nodeType === 1 ? [node, ...node.querySelectorAll("*")] : [];
          for (const element of inside) {
            const isStrange = ["IMG", "SCRIPT", "IFRAME", "OBJECT", "SVG", "B", "MARQUEE", "VIDEO", "LINK", "BASE", "STYLE"].includes(element.tagName.toUpperCase());
            if (isStrange || element.hasAttribute("onerror") || element.hasAttribute("onclick") || known.has(element.tagName)) globalThis.made.push(element.tagName);
          }
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  const ids = hostile().map((contact) => contact.id);
  const views = [...VIEWS, `plans/${plan.plan}`, `contact/${ids[0]}`, `contact/${ids[1]}`, "contact?find=%3Cimg", `questions?pattern=${encodeURIComponent("<img src=x onerror=alert(1)>")}`];
  let names = 0;
  for (const view of views) {
    await go(page, view);
    const said = await text(page, "main");
    names += said.includes("<img") ? 1 : 0;
    assert.ok(!/[\u202A-\u202E\u2066-\u2069]/.test(said), `${view}: a character that reorders is shown as it is`);
    assert.equal(await page.locator("main [href]:not([href^='#'])").count(), 0, `${view}: a link leads elsewhere`);
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
    assert.ok(wide <= 1200, `${view} is ${wide} pixels wide`);
  }
  assert.ok(names >= 4, `hostile names were seen on ${names} views only`);
  assert.deepEqual(await page.evaluate(() => globalThis.made), []);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  await picture(page, "hostile");
  await review.end();
});

/** A chat that shows pages, at an address of its own. */
const files = { "/": ["text/html", "host.html"], "/host.js": ["text/javascript", "host.js"] };
const chat = createServer((request, response) => {
  const [kind, file] = files[request.url] ?? ["text/plain", null];
  response.writeHead(file === null ? 404 : 200, { "content-type": kind });
  response.end(file === null ? "" : readFileSync(new URL(file, import.meta.url)));
});
await new Promise((ready) => chat.listen(0, "127.0.0.1", ready));
const openChat = (page) => page.goto(`http://127.0.0.1:${chat.address().port}/`);
/** What the page in the chat shows once it has what it asked for. */
const inChat = async (page) => {
  const frame = page.frameLocator("iframe");
  await frame.locator("main[aria-busy=false]").waitFor();
  return frame;
};

await check("a chat is offered the page if it shows pages, and models see the same tools as before", async (page) => {
  const server = await place.serve();
  await openChat(page);
  const list = (address, mode, extensions) => page.evaluate(([address, mode, extensions]) => globalThis.listed(address, mode, extensions ?? undefined), [address, mode, extensions]);
  const plain = await list(server.address, "auto", {});
  assert.deepEqual([plain.forPages, plain.shown], [[], []]);
  for (const [mode, address] of [["auto", server.address], ["legacy", `${server.address}?ui=true`]]) {
    const found = await list(address, mode);
    assert.deepEqual(found.forPages, ["review_page_read", "review_page_write"], mode);
    assert.deepEqual(found.shown, ["audit_contacts", "find_duplicate_contacts", "plan_cleanup", "show_cleanup"], mode);
    assert.deepEqual(found.definitions.slice(0, -2), plain.definitions, mode);
  }
  const narrow = `${server.address}?tools=audit_contacts,find_duplicate_contacts`;
  assert.deepEqual((await list(narrow, "auto")).forPages, ["review_page_read"]);
  await server.end();
});

await check("a model that calls the page's tools by itself gets nothing", async (page) => {
  const server = await place.serve();
  await openChat(page);
  for (const [name, args] of [["review_page_read", { path: "duplicates" }], ["review_page_read", { path: "duplicates", key: "0".repeat(64) }], ["review_page_write", { path: "sync", key: "", body: {} }]]) {
    const said = await page.evaluate(([address, name, args]) => globalThis.calledByModel(address, "auto", name, args), [server.address, name, args]);
    assert.equal(said.isError, true);
    assert.ok(!JSON.stringify(said).includes("con_"), JSON.stringify(said));
  }
  await server.end();
});

await check("in a chat: decide, plan, apply and undo, as the host looks, told to the model", async (page) => {
  const server = await place.serve();
  await openChat(page);
  const before = await place.contacts();
  const decided = (await place.command("decisions")).total;
  const show = (name, args, context = {}) => page.evaluate(([address, name, args, context]) => globalThis.shown(address, "auto", name, args, context), [server.address, name, args, context]);
  // The view is the one that was asked for, dark and in the host's language.
  await show("find_duplicate_contacts", { tier: "questions" }, { theme: "dark", locale: "vi-VN" });
  let frame = await inChat(page);
  assert.equal(await frame.locator("html").getAttribute("lang"), "vi");
  assert.equal(await frame.locator("html").evaluate((root) => getComputedStyle(root).colorScheme), "dark");
  await page.evaluate(() => globalThis.bridge.setHostContext({ theme: "light", locale: "en-GB" }));
  await frame.getByRole("heading", { name: "Questions" }).waitFor();
  await frame.locator(".asked h2").waitFor();
  await picture(page, "chat");
  await page.waitForTimeout(160);
  await frame.getByRole("button", { name: "Different people" }).click();
  await page.waitForFunction(() => globalThis.told.context.length > 0);
  assert.match(await page.evaluate(() => globalThis.told.context[0]), /^The user has given 1 answer /);
  assert.equal((await place.command("decisions")).total, decided + 1);
  // Back, by its key.
  await page.waitForTimeout(160);
  await frame.locator("body").press("b");
  await page.waitForFunction(() => globalThis.told.context.length > 1);
  assert.equal((await place.command("decisions")).total, decided);
  await frame.getByRole("button", { name: "Full screen" }).click();
  await frame.getByRole("button", { name: "Back into the chat" }).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.told.modes), ["fullscreen"]);
  // Plan: the model has made one, and the page shows it.
  const made = await show("plan_cleanup", { fix: ["safe"] });
  const [plan] = /plan_\w+/.exec(made.content[0].text);
  frame = await inChat(page);
  await frame.locator(".steps tbody tr").first().waitFor();
  assert.ok((await frame.locator("main").innerText()).includes(plan));
  await frame.getByRole("button", { name: "Write", exact: true }).click();
  await frame.locator(".consent").getByText("Will now write 20 contacts").waitFor();
  assert.deepEqual(await place.contacts(), before, "something was written before anybody agreed");
  await frame.getByRole("button", { name: "Write now" }).click();
  await frame.getByText(/20 contacts are written/).first().waitFor();
  assert.equal((await place.contacts()).filter((contact) => !before.includes(contact)).length, 20);
  await page.waitForFunction(() => globalThis.told.context.some((text) => text.includes("20 contacts are written")));
  // Undo, from the menu's history.
  await frame.getByRole("link", { name: "History", exact: true }).click();
  await frame.locator("main th a").first().click();
  await frame.getByRole("button", { name: "Take back all of it" }).click();
  await frame.getByRole("button", { name: "Put back now" }).click();
  await frame.getByText(/fields are put back/).first().waitFor();
  assert.deepEqual(await place.contacts(), before, "the undo does not put back what was there");
  // A form, in a frame that may submit none.
  await frame.getByRole("link", { name: "Contact", exact: true }).click();
  await frame.locator("#query").fill("nguyen");
  await frame.locator("#query").press("Enter");
  await frame.locator(".cards .panel").first().waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await frame.locator("html").evaluate((root) => root.scrollWidth);
  assert.ok(wide <= 320, `the page in the chat is ${wide} pixels wide`);
  await page.setViewportSize({ width: 1200, height: 900 });
  assert.ok((await page.evaluate(() => globalThis.told.sizes)).every((height) => height > 50 && height <= 900));
  await server.end();
});

await check("in a chat: a server that is gone is said, and answers wait", async (page) => {
  const server = await place.serve();
  await openChat(page);
  await page.evaluate(([address]) => globalThis.shown(address, "auto", "find_duplicate_contacts", { tier: "questions" }, {}), [server.address]);
  const frame = await inChat(page);
  await frame.locator(".asked h2").waitFor();
  await server.end();
  await page.waitForTimeout(160);
  await frame.locator("body").press("d");
  await frame.locator(".banner").waitFor();
  assert.ok((await frame.locator(".banner").innerText()).length > 20);
});

await check("a server over HTTP gives the page to everybody and answers who signs in", async (page) => {
  const file = join(mkdtempSync(join(tmpdir(), "token-")), "tokens");
  const token = "a-token-of-at-least-32-characters-here";
  writeFileSync(file, token, { mode: 0o600 });
  const server = await place.serve("--http-token-file", file);
  await page.goto(server.address.replace("/mcp", "/review"));
  await page.getByText("Sign in: this server answers").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "sign-in");
  await page.locator("#token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Sign in: this server answers").waitFor();
  await page.locator("#token").fill(token);
  await page.locator("#token").press("Enter");
  await page.locator(".tile").first().waitFor();
  assert.equal(await page.locator(".banner").isVisible(), false);
  assert.deepEqual(await context.cookies(server.address), []);
  // The tab that signed in stays so.
  await page.reload();
  await page.locator(".tile").first().waitFor();
  const before = await place.contacts();
  await go(page, "plans");
  await page.getByRole("button", { name: "Make the plan" }).click();
  await page.locator(".steps tbody tr").first().waitFor();
  await page.locator("#most").fill("2");
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await page.getByRole("button", { name: "Write now" }).click();
  await page.getByText(/2 contacts are written/).first().waitFor();
  await page.getByRole("button", { name: "Take back all of it" }).click();
  await page.getByRole("button", { name: "Put back now" }).click();
  await page.getByText(/fields are put back/).first().waitFor();
  assert.deepEqual(await place.contacts(), before);
  await server.end();
});

await check("the page asks this machine's program and nobody else", async () => {
  const elsewhere = asked.filter((address) => !/^(http:\/\/127\.0\.0\.1:\d+\/|about:|data:,)/.test(address));
  assert.deepEqual(elsewhere, []);
  assert.ok(asked.length > 50);
});

await context.close();
chat.close();
endAll();
