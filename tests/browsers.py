"""A browser for tests of pages: Chromium without a window, a profile of its own and no network; and axe-core."""

import os
import shutil
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--no-first-run",
)


def missing() -> str:
    """Return what a test in a browser lacks on this machine, '' where it has all."""
    lacks = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    lacks += [] if find_spec("selenium") else ["selenium"]
    if not os.environ.get("AXE_CORE"):
        lacks.append("axe-core, whose file the variable AXE_CORE names")
    return ", ".join(lacks)


@contextmanager
def browser():
    """Give a driver of Chromium."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            yield driver
        finally:
            driver.quit()


def show(driver, page: Path, width: int = 1280) -> None:
    """Open a page of a file in a window of this width, in CSS pixels."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    driver.get(page.as_uri())


def violations(driver) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 A and AA and its own best practices, one line an element."""
    driver.execute_script(Path(os.environ["AXE_CORE"]).read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = driver.execute_async_script(
        "const done = arguments[1]; axe.run(document, {runOnly: arguments[0]}).then(done, (e) => done({failed: String(e)}))",
        tags,
    )
    assert "failed" not in found, found
    assert len(found["passes"]) > 10
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
