// Puts style and script into the page. Usage: node assemble.mjs PAGE STYLE SCRIPT OUT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";

/** The largest page, compressed. */
const LARGEST = 200_000;

const [page, style, script, out] = process.argv.slice(2);
const read = (file) => readFileSync(file, "utf8").trim();
const parts = { "/*STYLE*/": read(style), "/*SCRIPT*/": read(script) };
let text = readFileSync(page, "utf8");
for (const [mark, part] of Object.entries(parts)) {
  if (/<\/(script|style)/i.test(part)) throw new Error("a part of the page would end its element");
  if (text.split(mark).length !== 2) throw new Error(`the page has no place, or several, for ${mark}`);
  // A function, so that `$` in the part means nothing.
  text = text.replace(mark, () => part);
}
const size = gzipSync(text).length;
if (size > LARGEST) throw new Error(`the page has ${size} bytes compressed, more than ${LARGEST}`);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, text);
console.log(`${out}: ${text.length} characters, ${size} bytes compressed`);
