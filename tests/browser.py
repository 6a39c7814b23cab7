"""A page in a real browser: headless Chromium runs a script in it and tells what came of it."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=20000",
)
SECONDS = 90

HARNESS = """
<script>
const told = [];
const tell = value => told.push(JSON.stringify(value));
window.addEventListener("error", event => told.push("ERROR " + event.message));
window.addEventListener("unhandledrejection", event => told.push("ERROR " + event.reason));
document.addEventListener("securitypolicyviolation",
  event => told.push("REQUEST " + event.blockedURI));
const seen = (test, tries = 200) => new Promise((good, bad) => {
  const look = () => test() ? good() : tries-- ? setTimeout(look, 20) : bad("not seen: " + test);
  look();
});
</script>
"""
END = """
<script>
(async () => {
  try { %s } catch (error) { told.push("ERROR " + error); }
  for (const entry of performance.getEntriesByType("resource")) told.push("REQUEST " + entry.name);
  const shown = document.createElement("pre");
  shown.id = "told";
  shown.textContent = told.join("\\n");
  document.body.append(shown);
})();
</script>
"""


def chromium() -> str:
    """The browser's program; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    return found


def run_in_page(page: Path, script: str, folder: Path, fragment: str = "") -> list[str]:
    """What `script` told in a copy of `page`, a line each; errors and requests are lines, too."""
    text = page.read_text(encoding="utf-8")
    copy = folder / "page.html"
    head, body = text.split("<body>", 1)
    copy.write_text(f"{head}<body>{HARNESS}{body.replace('</body>', END % script + '</body>')}",
                    encoding="utf-8")
    done = subprocess.run(
        [chromium(), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom",
         f"{copy.as_uri()}{fragment}"],
        capture_output=True, text=True, check=True, timeout=SECONDS,
    )
    match = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.S)
    assert match, done.stderr[-2000:]
    return html.unescape(match[1]).split("\n")
