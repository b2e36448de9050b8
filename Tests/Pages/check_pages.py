#!/usr/bin/env python3
"""Opens pages in a headless Chromium and prints their problems.

    python3 Tests/Pages/check_pages.py PAGE.html ... [--screenshots DIR]

Each page is opened at 1500, 1200 and 400 pixels wide, light and dark, with everything unfolded. Wrong is:
an error on the console; a request that leaves the page; a figure that has not loaded or has no
alternative text; a page or a table wider than its place; a line of code or a formula that is cut; a formula
that is not typeset, or whose punctuation is on the next line; text whose contrast to its ground is below 4.5; a link to a place or a file that
is not there; folded text that is not printed; and whatever axe-core finds, of any impact. One line for
each, on standard output; exit code 1 if there is any, 69 without Chromium.

Needs Python 3 and Chromium, nothing else: it speaks the DevTools protocol over a pipe. axe-core is
downloaded by fetch_axe.py; without it, the other checks run and a message says so.
"""

import argparse
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

AXE = pathlib.Path(__file__).resolve().parents[2] / ".build" / "axe" / "axe.min.js"

WIDTHS = [1500, 1200, 400]
SCHEMES = ["light", "dark"]

# Runs inside the page after it has loaded and returns a list of sentences.
LOOK = r"""
(() => {
  const wrong = [];
  const root = document.documentElement;
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  if (root.scrollWidth > window.innerWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.right > window.innerWidth + 1 && getComputedStyle(e).position !== 'absolute';
    });
    const worst = wide[0];
    wrong.push(`scrolls sideways: ${root.scrollWidth} pixels wide` +
      (worst ? `, for one <${worst.tagName.toLowerCase()} class="${worst.className}"> ` +
        (worst.textContent || '').trim().slice(0, 40) : ''));
  }
  for (const box of document.querySelectorAll('pre, .l, .equation, .equation math, summary')) {
    if (!box.getClientRects().length) continue;
    const over = box.scrollWidth - box.clientWidth;
    if (box.clientWidth && over > 1) {
      wrong.push(`line cut by ${over} pixels: ` + (box.textContent || '').trim().slice(0, 60));
    }
  }
  for (const box of document.querySelectorAll('.scroll')) {
    const over = box.scrollWidth - box.clientWidth;
    if (over > 1) wrong.push(`table scrolls by ${over} pixels: ${box.getAttribute('aria-label')}`);
  }
  const box = document.querySelector('main .picture input');
  if (box && window.innerWidth > 1200) {
    const image = box.parentElement.querySelector('img'), before = image.clientWidth;
    box.click();
    const after = image.clientWidth;
    box.click();
    if (after <= before || image.clientWidth !== before) {
      wrong.push(`a click does not enlarge a figure: ${before}, ${after}, ${image.clientWidth}`);
    }
  }
  for (const place of document.querySelectorAll('.equation')) {
    if (!place.querySelector('math > *')) {
      wrong.push(`formula that is not typeset: ${place.textContent.trim().slice(0, 60)}`);
    }
  }
  for (const formula of document.querySelectorAll('math')) {
    const next = formula.nextSibling;
    if (!next || next.nodeType !== 3 || !/^[,.;:?!)]/.test(next.textContent)) continue;
    const range = document.createRange();
    range.setStart(next, 0);
    range.setEnd(next, 1);
    const mark = range.getBoundingClientRect(), box = formula.getBoundingClientRect();
    if (mark.width && mark.left < box.right - 2) {
      wrong.push(`punctuation breaks from its formula: ${formula.textContent.slice(0, 40)}`);
    }
  }
  for (const image of document.images) {
    const name = image.alt.slice(0, 40) || image.src.slice(0, 40);
    if (!image.complete || image.naturalWidth === 0) wrong.push(`figure not loaded: ${name}`);
    if (!image.alt.trim()) wrong.push(`figure without alternative text: ${name}`);
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const id = decodeURIComponent(link.getAttribute('href').slice(1));
    if (!document.getElementById(id)) wrong.push(`link without a target: #${id}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice) wrong.push(`the id ${twice} is used twice`);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not exactly one h1');
  if (!root.lang) wrong.push('no language');
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const over = (top, under) => {
    const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a));
  };
  const ground = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length > 3 && color[3] === 0) continue;
      layers.push(color);
      if (color.length === 3 || color[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const luminance = c => {
    const [r, g, b] = c.map(v => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), element = walk.currentNode.parentElement;
    if (!text || !element.getClientRects().length) continue;
    if (element.closest('.skip')) continue;
    texts += 1;
    const back = ground(element);
    const front = over(parse(getComputedStyle(element).color), back);
    const [a, b] = [luminance(front), luminance(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const key = `${element.tagName}.${element.className} ${front} ${back}`;
    if (ratio < 4.5 && !seen.has(key)) {
      seen.add(key);
      wrong.push(`contrast ${ratio.toFixed(2)}: <${element.tagName.toLowerCase()} ` +
        `class="${element.className}"> ${text.slice(0, 40)}`);
    }
  }
  if (texts < 5) wrong.push(`only ${texts} pieces of text`);
  return wrong;
})()
"""

# Runs with the media of a printer, before anything is unfolded.
PRINTED = r"""
[...document.querySelectorAll('main details')].flatMap(folded => {
  const shown = getComputedStyle(folded, '::details-content').contentVisibility;
  return shown === 'visible' ? [] : [`not printed: ${folded.textContent.trim().slice(0, 60)}`];
})
"""

# All default rules of axe-core, including best practices. A case that it cannot decide, such as text
# over an image, does not count as a problem: a person has to look at it.
ASK_AXE = r"""
axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.flatMap(rule =>
  rule.nodes.map(node => `axe ${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${rule.help}`)))
"""


class Browser:
    """A Chromium process and the pipes to it."""

    def __init__(self, program):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()
        self.profile = tempfile.mkdtemp(prefix="pages-")

        def settle():
            # The protocol uses descriptors 3 and 4; other files there are moved first.
            spare = [os.dup(to_browser), os.dup(from_browser)]
            high = [os.dup2(fd, 20 + i) for i, fd in enumerate(spare)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
             "--disable-background-networking", f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=settle, close_fds=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.count = 0
        self.buffer = b""
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log"]:
            self.tell(f"{domain}.enable")

    def ask(self, method, session=None, **parameters):
        """Sends a request and waits for its answer; events in between are kept."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def tell(self, method, **parameters):
        return self.ask(method, session=self.session, **parameters)

    def next(self, seconds=60):
        deadline = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.input], [], [], left)[0]
            piece = os.read(self.input, 1 << 16) if ready else b""
            if not piece:
                raise RuntimeError("Chromium does not answer.")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, page):
        """Loads a page and returns the events of loading it."""
        self.events = []
        self.tell("Page.navigate", url=page.as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.next())
        return self.events

    def close(self):
        try:
            self.ask("Browser.close")
        except (RuntimeError, OSError):
            pass
        self.process.wait(timeout=20)
        shutil.rmtree(self.profile, ignore_errors=True)


def loading_problems(events, page):
    """Console errors, and requests other than for the page itself."""
    for event in events:
        method, what = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield "console: " + what["exceptionDetails"].get("text", "an exception")
        elif method == "Runtime.consoleAPICalled" and what["type"] in ("error", "warning"):
            yield f"console: {what['type']}"
        elif method == "Log.entryAdded" and what["entry"]["level"] in ("error", "warning"):
            yield "console: " + what["entry"]["text"]
        elif method == "Network.requestWillBeSent":
            url = what["request"]["url"]
            if not url.startswith("data:") and url.split("#")[0] != page.as_uri():
                yield "request: " + url


def dead_links(browser, page):
    """Relative links to files that do not exist."""
    script = "[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))"
    for link in evaluated(browser, script):
        if not link.startswith(("#", "http:", "https:")):
            if not (page.parent / link.split("#")[0]).exists():
                yield f"link to a file that does not exist: {link}"


def evaluated(browser, script, waits=False):
    """The value of a script in the page, or of the promise that it returns."""
    answer = browser.tell(
        "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=waits)
    if "exceptionDetails" in answer:
        details = answer["exceptionDetails"]
        raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
    return answer["result"].get("value")


def violations(browser, axe):
    """The findings of axe-core; the page's content policy does not apply to scripts of DevTools."""
    evaluated(browser, axe)
    return evaluated(browser, ASK_AXE, waits=True)


def check(browser, page, width, scheme, screenshots, axe):
    browser.tell("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=False)
    browser.tell("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
    events = browser.open(page)
    wrong = list(loading_problems(events, page))
    browser.tell("Emulation.setEmulatedMedia", media="print")
    wrong += evaluated(browser, PRINTED)
    browser.tell("Emulation.setEmulatedMedia", media="",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
    wrong += evaluated(browser, LOOK)
    wrong += dead_links(browser, page)
    if axe:
        wrong += violations(browser, axe)
    if screenshots:
        picture = browser.tell("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        name = f"{page.parent.name}-{page.stem}-{width}-{scheme}.png"
        (screenshots / name).write_bytes(base64.b64decode(picture["data"]))
    return wrong


def main():
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("pages", nargs="+", type=pathlib.Path)
    reader.add_argument("--screenshots", type=pathlib.Path)
    arguments = reader.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        print("Chromium is not installed: sudo apt-get install chromium", file=sys.stderr)
        return 69
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    axe = AXE.read_text(encoding="utf-8") if AXE.exists() else None
    if not axe:
        print("axe-core is not installed: only the checks of check_pages.py ran. Download it with "
              "python3 Tests/Pages/fetch_axe.py", file=sys.stderr)
    browser = Browser(program)
    count = 0
    try:
        for page in arguments.pages:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    for line in check(browser, page.resolve(), width, scheme,
                                      arguments.screenshots, axe):
                        count += 1
                        print(f"{page}, {width} pixels, {scheme}: {line}")
    finally:
        browser.close()
    print(f"{len(arguments.pages)} pages, {count} problems", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
