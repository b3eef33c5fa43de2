"""The page in a browser, over real builds of the fixture ports. Run by scripts/test-web, which says where things are."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

DSYNTH, TREE, HERE = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
SHOTS = os.environ.get("DSYNTH_TEST_SHOTS")
MANY = 30_000


def configure():
    """A profile of its own; devel/tablegen prints a line now and then until the file `go` is there."""
    shutil.copytree(TREE, HERE / "ports")
    makefile = HERE / "ports/devel/tablegen/Makefile"
    waits = "pre-build:\n\t@i=0; while [ ! -e /distfiles/go ]; do i=$$((i+1)); echo \"line $$i <b>&amp;\"; sleep 0.3; done\n\n.include"
    makefile.write_text(makefile.read_text().replace(".include <", waits + " <", 1))
    settings = {"Operating_system": "Linux", "Directory_system": "/", "Directory_ccache": "disabled", "Package_suffix": ".tgz",
                "Directory_portsdir": HERE / "ports", "Number_of_builders": 2, "Max_jobs_per_builder": 1}
    for name in ["packages", "options", "distfiles", "buildbase", "logs"]:
        (HERE / name).mkdir()
        settings[f"Directory_{name}"] = HERE / name
    settings["Directory_repository"] = HERE / "packages/All"
    (HERE / "etc").mkdir()
    lines = "".join(f"{key}= {value}\n" for key, value in settings.items())
    (HERE / "etc/dsynth.ini").write_text(f"[Global Configuration]\nprofile_selected= Fixtures\n\n[Fixtures]\n{lines}")
    subprocess.run([DSYNTH, "-C", HERE / "etc", "init"], check=True, stdout=subprocess.DEVNULL)


def serve():
    server = subprocess.Popen([DSYNTH, "-C", HERE / "etc", "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().split()[-1].rstrip("/")


def ask(url, body=None):
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def no_wider_than_the_window(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than its window"


def live(browser, url):
    """A run that goes on, on the server."""
    page = browser.new_page(viewport={"width": 1280, "height": 1100})
    errors = watch(page)
    page.goto(url)
    expect(page.locator("#trouble")).to_have_text("no runs yet")
    build = ask(f"{url}/api/v1/builds", {"packages": ["broken/build-fails", "devel/tablegen", "misc/hello"]})["build_id"]
    expect(page.locator("#state")).to_have_text("Active", timeout=30_000)
    failure = page.locator("#failures li", has_text="broken/build-fails")
    expect(failure).to_be_visible(timeout=60_000)
    expect(failure).to_contain_text("build: exit 1")
    running = page.locator("#slots .port", has_text=re.compile("^devel/tablegen$"))
    expect(running).to_be_visible(timeout=60_000)
    expect(page.locator("#counts button", has_text="Built")).to_contain_text(re.compile("[1-9]"), timeout=60_000)
    expect(page.locator("#slots tr", has_text="devel/tablegen")).to_contain_text(re.compile(r"\d MiB$"), timeout=30_000)
    shot(page, "live-1280")
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.goto(url)
    expect(phone.locator("#slots tr", has_text="devel/tablegen")).to_be_visible()
    no_wider_than_the_window(phone)
    shot(phone, "live-390")

    running.click()
    log = page.locator("#port pre.log")
    expect(log).to_contain_text("line 3 <b>&amp;", timeout=30_000)
    before = len(log.text_content())
    page.wait_for_function("before => document.querySelector('#port pre.log').textContent.length > before", arg=before)
    expect(page.locator("#port")).to_contain_text("never built", timeout=60_000)
    shot(page, "port-1280")
    assert "port=devel" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#port")).not_to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("build-fails")
    expect(page.locator("#found")).to_have_text(re.compile("^1 of"))
    page.reload()
    expect(page.locator("#search")).to_have_value("build-fails")
    expect(page.locator("#found")).to_have_text(re.compile("^1 of"))
    page.locator("#search").fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.locator("#body .row")).to_have_count(1)
    assert "show=failed" in page.url
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#port-title")).to_have_text("broken/build-fails")
    expect(page.locator("#port")).to_contain_text("First errors")
    page.keyboard.press("Escape")

    (HERE / "distfiles/go").touch()
    expect(page.locator("#state")).to_have_text("Complete", timeout=120_000)
    expect(page.locator("#bar")).to_have_attribute("aria-label", re.compile(", 0 left"))
    # The repository is rebuilt before it has ended.
    while (status := ask(f"{url}/api/v1/builds/{build}")["status"]) == "running":
        time.sleep(0.2)
    assert status == "failed", status
    tied(page, url)
    phone.reload()
    expect(phone.locator("#body .row").first).to_be_visible()
    no_wider_than_the_window(phone)
    shot(phone, "done-390")
    assert errors == [], errors


def tied(page, url):
    """What a port is tied to, and its builds."""
    page.goto(f"{url}/#port=devel/libgreet")
    needed = page.locator("#port details", has_text="Needed by")
    expect(needed).to_be_visible(timeout=60_000)
    needed.locator("summary").click()
    needed.locator(".port", has_text=re.compile("^misc/hello$")).click(timeout=60_000)
    expect(page.locator("#port-title")).to_have_text("misc/hello")
    expect(page.locator("#port .ports").first).to_contain_text("devel/libgreet", timeout=60_000)
    expect(page.locator("#port .builds span")).to_have_count(1)
    shot(page, "tied-1280")
    page.keyboard.press("Escape")


def quiet(url):
    """What is sent while nothing happens."""
    host, port = url.removeprefix("http://").split(":")
    begun, size = time.time(), 0
    with socket.create_connection((host, int(port))) as stream:
        stream.sendall(b"GET /api/v1/view/events HTTP/1.0\r\nHost: localhost\r\n\r\n")
        stream.settimeout(0.5)
        while time.time() - begun < 5:
            try:
                size += len(stream.recv(1 << 16))
            except TimeoutError:
                pass
    print(f"an idle server sent {size} bytes in 5 s")
    assert size < 1000, size


def watch(page):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    # An answer that is an error is told to the console too; "no runs yet" is one.
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" and "404" not in said.text else None)
    return errors


def files(browser):
    """The same run again, from files and no server; and a run before it."""
    subprocess.run([DSYNTH, "-C", HERE / "etc", "-S", "-y", "force", "misc/hello"], stdout=subprocess.DEVNULL)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    errors = watch(page)
    page.goto(f"file://{HERE}/logs/Report/index.html#q=hello")
    expect(page.locator("#state")).to_have_text("Complete")
    expect(page.locator("#found")).to_have_text("1 results")
    page.locator("#runs").select_option(index=1)
    expect(page.locator("#failures li", has_text="broken/build-fails")).to_be_visible()
    link = page.locator("#failures a", has_text="log")
    assert (HERE / "logs/Report" / link.get_attribute("href")).resolve() == HERE / "logs/broken___build-fails.log"
    shot(page, "files-1280-dark")
    assert "run=" in page.url and "q=hello" in page.url
    page.goto(f"file://{HERE}/logs/Report/index.html#port=misc/hello")
    # That is of the newest run again, which has no failure; what is shown of the port is drawn anew with it.
    expect(page.locator("#failures li")).to_have_count(0)
    page.locator("#port summary", has_text="Its builds in 2 runs").click()
    expect(page.locator("#port .builds span")).to_have_count(2)
    expect(page.locator("#port .builds")).to_have_attribute("aria-label", re.compile("hello-.*, 00:00:.*; .*hello-"))
    shot(page, "builds-1280-dark")
    page.keyboard.press("Escape")
    assert errors == [], errors


def many(browser):
    """A table of as many results as there are ports."""
    report = HERE / "many"
    shutil.copytree(HERE / "logs/Report", report)
    run = "00000000-0000-7000-8000-000000000001"
    (report / "runs" / run).mkdir()
    state = json.loads(call(next((HERE / "logs/Report/runs").iterdir()) / "state.js"))
    state.update(run=run, results=MANY, slots=[], active=False)
    rows = []
    for number in range(MANY):
        kind = ["built", "built", "built", "skipped", "failed"][number % 5] if number % 100 < 50 else "built"
        row = {"port": f"category{number % 60}/port-{number}", "result": kind, "started": number, "ended": number + 900, "slot": number % 16, "took": number % 9000, "log": "x.log"}
        if kind == "failed":
            row.update(phase="build", why="exit 1", skips=3, lines=["error: no"])
        if kind == "skipped":
            row.update(info=f"c/x->category1/port-{number + 1}", slot=None, took=None)
        rows.append(row)
    for chunk in range(0, MANY, state["chunk"]):
        write(report, f"{run}/results-{chunk // state['chunk']}", rows[chunk:chunk + state["chunk"]])
    write(report, f"{run}/state", state)
    write(report, f"{run}/host", {"at": [], "load": [], "swap": [], "free": [], "every": 1})
    line = {"run": run, "profile": "Many", "directive": "everything", "began": 0, "active": False, "queued": MANY, "built": 0, "failed": 0, "skipped": 0}
    (report / "runs.js").write_text(f'dsynth("runs", {json.dumps({"runs": [line]})});\n')
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = watch(page)
    begun = time.time()
    page.goto(f"file://{report}/index.html")
    page.wait_for_selector("#body .row")
    first = time.time() - begun
    page.wait_for_function(f"document.querySelector('#found').textContent.startsWith('{MANY:,}')")
    whole = time.time() - begun
    took = page.evaluate("""() => {
      const time = act => { const begun = performance.now(); act(); document.body.offsetHeight; return Math.round(performance.now() - begun); };
      const search = document.querySelector("#search");
      const type = text => time(() => { search.value = text; search.dispatchEvent(new Event("input")); });
      const click = what => time(() => what.click());
      const box = document.querySelector("#rows");
      return { search: type("port-299"), clear: type(""), filter: click(document.querySelectorAll("#filters button")[1]), all: click(document.querySelector("#filters button")),
        sort: click(document.querySelectorAll("#head button")[5]), scroll: time(() => { box.scrollTop = 400000; drawRows(); }), rows: document.querySelectorAll("#body .row").length };
    }""")
    print(f"{MANY} results: first row after {first:.2f} s, all after {whole:.2f} s; milliseconds: {took}")
    assert took["rows"] < 100 and first < 5 and all(took[name] < 1000 for name in took), took
    assert errors == [], errors


def call(path):
    text = path.read_text()
    return text[text.index(",") + 1:text.rindex(")")]


def write(report, name, data):
    (report / f"runs/{name}.js").write_text(f'dsynth("{name}", {json.dumps(data)});\n')


def main():
    configure()
    server, url = serve()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            live(browser, url)
            quiet(url)
            files(browser)
            many(browser)
            browser.close()
    finally:
        server.terminate()
        server.wait()


main()
