// Draws mails in the machine's Chromium, narrow and wide, light and dark; tells of text that can't be read, of pages that
// are wider than the window, and of buttons that don't fill a phone. Pictures go where they are asked for.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { chromium } = createRequire(join(process.cwd(), "x.js"))("playwright-core");
const { pages, pictures } = JSON.parse(readFileSync(0, "utf8"));
const named = process.env.GOODWORD_CHROMIUM;
const executablePath = [named, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);
if (!executablePath) {
  throw new Error("no Chromium on this machine; install it, or name it in GOODWORD_CHROMIUM");
}
mkdirSync(pictures, { recursive: true });
const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><rect width="160" height="40" rx="6" fill="#0a5c36"/>
<text x="80" y="26" font-family="Helvetica,Arial" font-size="18" font-weight="bold" fill="#fff" text-anchor="middle">NORDIC</text></svg>`;

/** Runs in the page: what is wrong with it, and how many texts were looked at. */
function look() {
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) =>
    0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = colour(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
      if (alpha > 0) throw new Error("a background that shows through");
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const faults = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const said = node.textContent.replace(/[\s\u00a0]+/g, " ").trim();
    const element = node.parentElement;
    if (!said || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    texts += 1;
    const [front, back] = [luminance(colour(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${said.slice(0, 40)}`);
  }
  const button = document.querySelector(".button");
  if (button && innerWidth <= 480) {
    const box = button.closest(".pad");
    const { paddingLeft, paddingRight } = getComputedStyle(box);
    const room = box.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const [wide, label] = [button, button.querySelector("a")].map((it) => it.getBoundingClientRect().width);
    if (room - wide > 1 || wide - label > 3) faults.push(`a button of ${wide} (its link ${label}) where there is room for ${room}`);
  }
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) faults.push(`${scrollWidth} wide in a window of ${innerWidth}`);
  return { faults, texts };
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const faults = [];
let [drawn, texts] = [0, 0];
const draw = async (width, colorScheme) => {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  await context.route("**/*", (route) => route.fulfill({ contentType: "image/svg+xml", body: logo }));
  const page = await context.newPage();
  for (const { name, html } of pages) {
    await page.setContent(html, { waitUntil: "load" });
    const seen = await page.evaluate(look);
    const which = `${name}-${width}-${colorScheme}`;
    faults.push(...seen.faults.map((fault) => `${which}: ${fault}`));
    texts += seen.texts;
    await page.screenshot({ path: join(pictures, `${which}.png`), fullPage: true });
    drawn += 1;
  }
  await context.close();
};
await Promise.all([360, 800].flatMap((width) => ["light", "dark"].map((scheme) => draw(width, scheme))));
await browser.close();
console.log(JSON.stringify({ faults, drawn, texts }));
