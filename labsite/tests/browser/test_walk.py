"""The first walk in a real browser: typed where one types, clicked where there is a button."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from labsite.tests.conftest import AXE, Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
    // Chromium's own rich-text editing tries style attributes in any editable text.
    const ours = !event.target.closest?.(".cm-content");
    if (ours) reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Bench:
    """A workbench in a browser window."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", self._note)
        page.on("request", self._local)
        page.expose_function("reportViolation", lambda text: self.troubles.append(text))
        page.add_init_script(VIOLATIONS)

    def _note(self, message: Any) -> None:
        expected = re.search(r"status of 4|Error Code 4|Content Security Policy", message.text)
        if message.type == "error" and not expected:
            self.troubles.append(message.text)

    def _local(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.troubles.append(f"left the site: {request.url}")

    def settle(self) -> None:
        """Wait until no request is on its way and the page has taken the answer in."""
        self.page.wait_for_function(
            "() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')"
        )

    def type(self, line: str) -> str:
        """Run a command at the prompt and return what it printed."""
        before = self.page.locator("#transcript > .entry").count()
        self.page.fill("#line", line)
        self.page.press("#line", "Enter")
        self.page.wait_for_function(
            "count => document.querySelectorAll('#transcript > .entry').length > count", arg=before
        )
        self.settle()
        return self.last()

    def last(self) -> str:
        """The newest transcript entry, folded lines included."""
        text: str = self.page.locator("#transcript > .entry").last.evaluate("entry => entry.textContent")
        return text

    def build(self) -> str:
        """Press Build."""
        before = self.page.locator("#transcript > .entry").count()
        self.page.click(".build")
        self.page.wait_for_function(
            "count => document.querySelectorAll('#transcript > .entry').length > count", arg=before
        )
        self.settle()
        return self.last()

    def write(self, text: str) -> None:
        """Put a text into the code editor and wait for its forecast."""
        self.page.wait_for_selector(".cm-content")
        with self.page.expect_response(re.compile("/save/")):
            self.page.click(".cm-content")
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.insert_text(text)
        self.settle()

    def chips(self) -> list[str]:
        """The verdicts beside the lines."""
        found: list[str] = self.page.locator("#forecast li[data-verdict]").evaluate_all(
            "items => items.map(item => item.dataset.verdict)"
        )
        return found

    def shown(self) -> str:
        """The layers panel as text: the list behind the picture."""
        text: str = self.page.locator("#panel-layers .outline").evaluate("list => list.textContent")
        return text

    def axe(self) -> list[str]:
        """Accessibility violations of the page as it is."""
        self.page.evaluate(AXE.read_text())
        found: list[Any] = self.page.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary'][:300]}"
            for violation in found
            for node in violation["nodes"]
        ]


@pytest.fixture
def bench(chromium: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A new visitor's window on the server; parametrize with context options."""
    context = chromium.new_context(**{"viewport": DESKTOP, **getattr(request, "param", {})})
    context.set_default_timeout(15_000)
    found = Bench(context.new_page())
    yield found
    context.close()
    assert found.troubles == []


def open_preset(bench: Bench, server: Server, title: str = "centos:7, one RUN per step") -> None:
    """Start from a preset on the start page."""
    bench.page.goto(server.address + "/")
    card = bench.page.locator(".card", has=bench.page.get_by_role("heading", name=title))
    card.get_by_role("button").click()
    bench.page.wait_for_selector("#transcript", state="attached")


CENTOS = "FROM centos:7\nRUN yum update\nRUN yum install -y --no-install-recommends vim\n"


@pytest.mark.parametrize(
    "bench",
    [{"viewport": DESKTOP}, {"viewport": PHONE, "has_touch": True}],
    ids=["desktop", "360px"],
    indirect=True,
)
def test_the_first_walk(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server)
    assert bench.chips() == ["hit", "miss", "miss", "miss"] or bench.chips()[1:] == ["miss"] * 3

    # Build, history, and the layers.
    printed = bench.build()
    assert "naming to docker.io/library/test:v1.0" in printed
    assert "Built test:v1.0" in page.inner_text("#live")
    assert bench.chips() == ["hit"] * 4
    assert bench.shown().count("RUN yum") == 3 and "FROM centos:7" in bench.shown()
    history = bench.type('docker history test:v1.0 --format "{{.ID}}\\t{{.CreatedBy}}"')
    assert "<missing>" in history and "RUN /bin/sh -c yum update # buildkit" in history

    # A second image on the same base shares what is below the first difference.
    bench.write(CENTOS)
    assert bench.chips() == ["hit"] * 3
    page.fill("#build-line", "docker build -t two .")
    bench.build()
    assert "2 images" in bench.shown() or "two:latest" in bench.shown()
    assert "SHARED SIZE" in bench.type("docker system df -v")

    # A container, its read-write layer, and what a commit makes of it.
    bench.type("docker run -tid --name test test:v1.0")
    bench.type("docker exec -ti test sh")
    assert page.inner_text("label[for=line]").startswith("sh-4.2#")
    bench.type("touch toto")
    bench.type("rm -rf srv/")
    bench.type("exit")
    diff = bench.type("docker diff test")
    assert "A /toto" in diff and "D /srv" in diff
    assert "/toto" in bench.shown() and "/srv" in bench.shown()
    bench.type("docker commit test me/changed:1")
    listed = bench.type("docker run --rm me/changed:1 ls /").split()
    assert "toto" in listed and "srv" not in listed
    bench.type("docker rm -f test")
    assert "container test" not in bench.shown()
    assert "srv" in bench.type("docker run --rm test:v1.0 ls /").split()

    # The editor foretells the next build.
    bench.write(CENTOS.replace("vim", "nano"))
    assert bench.chips() == ["hit", "hit", "miss"]
    assert "CACHED [2/3]" in bench.build()
    assert "CACHED [2/3]" not in bench.type("docker build --no-cache -t two .")

    # Undo, redo, reload and a second tab.
    count = page.locator("#transcript > .entry").count()
    page.click("#undo")
    bench.settle()
    assert page.locator("#transcript > .entry").count() == count - 1
    page.click("#redo")
    bench.settle()
    assert page.locator("#transcript > .entry").count() == count
    page.reload()
    assert page.locator("#transcript > .entry").count() == count
    second = page.context.new_page()
    second.goto(page.url)
    assert second.locator("#transcript > .entry").count() == count
    second.close()


def test_the_context_and_the_hub(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "A small start")
    page.click(".file-menu > summary")
    page.fill("#new-path", "app.py")
    page.click(".file-menu button:has-text('Create')")
    page.wait_for_selector(".files a[aria-current]:has-text('app.py')")
    bench.write("print(1)\n")
    bench.type("echo secret > .env; echo .env > .dockerignore")
    page.click(".files a:has-text('Dockerfile')")
    page.wait_for_selector(".files a[aria-current]:has-text('Dockerfile')")
    bench.write("FROM busybox\nRUN echo first\nCOPY . /app/\nRUN echo last\n")
    page.fill("#build-line", "docker build -t me/app .")
    assert "transferring context" in bench.build()
    assert bench.chips() == ["hit"] * 4
    assert ".env" not in bench.type("docker run --rm me/app ls -a /app").split()
    bench.type("echo 'print(2)' > app.py")
    assert bench.chips() == ["hit", "hit", "miss", "miss"]
    assert "Login Succeeded" in bench.type("docker login -u me -p secret")
    assert "digest: sha256:" in bench.type("docker push me/app")
    bench.type("docker tag me/app me/other")
    pushed = bench.type("docker push me/other")
    assert "Layer already exists" in pushed or "Mounted from" in pushed
    page.click("#tab-hub")
    bench.settle()
    assert "me/app" in bench.shown()


def test_questions_passwords_and_ctrl_keys(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "A small start")
    bench.type("cat > typed.txt")
    assert "waiting" in page.get_attribute("#prompt", "class")
    bench.type("one line")
    page.press("#line", "Control+d")
    page.wait_for_function("() => document.querySelector('label[for=line]').textContent.includes('learner@')")
    assert "one line" in bench.type("cat typed.txt")
    bench.type("cat")
    page.press("#line", "Control+c")
    page.wait_for_function("() => document.querySelector('label[for=line]').textContent.includes('learner@')")
    assert "^C" in page.inner_text("#transcript")


def test_history_completion_and_pastes(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "A small start")
    bench.type("echo first")
    bench.type("echo second")
    page.press("#line", "ArrowUp")
    page.press("#line", "ArrowUp")
    assert page.input_value("#line") == "echo first"
    page.press("#line", "ArrowDown")
    assert page.input_value("#line") == "echo second"
    page.fill("#line", "irs")
    page.press("#line", "Control+r")
    assert page.input_value("#line") == "echo first"
    page.fill("#line", "cat Dock")
    page.press("#line", "Tab")
    page.wait_for_function("() => document.querySelector('#line').value === 'cat Dockerfile '")
    page.fill("#line", "")
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text", "echo pasted-1\\necho pasted-2\\n");
            const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
            document.querySelector("#line").dispatchEvent(paste);
        }"""
    )
    page.wait_for_function("() => document.querySelectorAll('#transcript > .entry').length === 4")
    assert "pasted-1" in page.inner_text("#transcript") and "pasted-2" in bench.last()
    page.press("#line", "Control+l")
    assert not page.locator("#transcript > .entry >> visible=true").count()
    page.reload()
    assert page.locator("#transcript > .entry").count() == 4


def test_the_whole_page_by_keyboard(bench: Bench, server: Server) -> None:
    page = bench.page
    page.goto(server.address + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("link", name="Open a lab").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".cm-content")
    page.keyboard.press("Alt+1")
    page.keyboard.press("Control+End")
    with page.expect_response(re.compile("/save/")):
        page.keyboard.type("RUN echo typed")
    bench.settle()
    before = page.locator("#transcript > .entry").count()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "count => document.querySelectorAll('#transcript > .entry').length > count", arg=before
    )
    bench.settle()
    assert page.evaluate("document.activeElement.classList.contains('cm-content')")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.classList.contains('cm-content')")
    page.keyboard.press("Alt+3")
    page.keyboard.type("docker images")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#transcript').textContent.includes('REPOSITORY')")
    assert page.evaluate("document.activeElement.id") == "line"
    page.keyboard.press("Alt+2")
    assert page.evaluate("document.activeElement.id") == "tab-stack"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    bench.settle()
    page.wait_for_selector("#tab-sharing[aria-current]")
    assert page.evaluate("document.activeElement.id") == "tab-sharing"
    page.keyboard.press("Alt+z")
    page.wait_for_function("() => !document.querySelector('#transcript').textContent.includes('REPOSITORY')")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    split = page.locator("[data-split=x]")
    split.focus()
    page.keyboard.press("ArrowRight")
    assert split.get_attribute("aria-valuenow") == "42"
    page.reload()
    assert split.get_attribute("aria-valuenow") == "42"


def test_two_tabs_write_one_file(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "A small start")
    other = page.context.new_page()
    other.goto(page.url)
    theirs = Bench(other)
    theirs.write("FROM alpine\n")
    page.wait_for_selector(".cm-content")
    page.click(".cm-content")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("FROM debian\n")
    page.wait_for_selector("#notice .conflict")
    page.click("#notice button:has-text('Keep mine')")
    page.wait_for_selector("#notice .conflict", state="detached")
    other.reload()
    assert other.input_value("#source") == "FROM debian\n"
    other.close()


def test_a_command_that_changes_the_open_file_changes_the_editor(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "A small start")
    bench.type("echo FROM alpine > Dockerfile")
    page.wait_for_function("() => document.querySelector('.cm-content')?.innerText.trim() === 'FROM alpine'")
    assert len(bench.chips()) == 1


@pytest.mark.parametrize("bench", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "A small start")
    assert page.locator("#forecast").is_visible()
    page.fill("#source", "FROM busybox\nRUN echo plain > /plain\n")
    page.click("button:has-text('Save')")
    assert "Saved Dockerfile." in page.inner_text("#notice")
    page.click(".build")
    assert "naming to" in page.text_content("#transcript")
    assert page.locator("#forecast .v.hit").count() == 2
    page.fill("#line", "docker run --name box lab:1 rm /plain")
    page.click("#prompt button")
    assert "box" in page.text_content("#panel-layers")
    page.click("#tab-sharing")
    assert page.locator("#tab-sharing[aria-current]").count() == 1
    page.click("#shape-list")
    assert page.locator(".outline").is_visible()
    page.locator(".outline a").first.click()
    assert "Choose a layer" not in page.inner_text(".inspector")
    page.click("#undo")
    assert "docker run" not in page.text_content("#transcript")
    page.click("#redo")
    assert "docker run" in page.text_content("#transcript")


@pytest.mark.parametrize(
    "bench",
    [
        {"color_scheme": scheme, "viewport": size, "reduced_motion": "reduce"}
        for scheme in ("light", "dark")
        for size in (DESKTOP, PHONE)
    ],
    ids=["light", "light-360px", "dark", "dark-360px"],
    indirect=True,
)
def test_no_barriers(bench: Bench, server: Server) -> None:
    page = bench.page
    page.goto(server.address + "/")
    assert bench.axe() == []
    open_preset(bench, server)
    page.wait_for_selector(".cm-content")
    assert bench.axe() == []
    bench.build()
    bench.type("docker run -d --name box test:v1.0 sleep 100")
    bench.type("docker exec box rm /etc/hosts.allow /nothing")
    bench.write(CENTOS.replace("vim", "nano"))
    assert bench.axe() == []
    for kind in ("sharing", "overlay", "buildgraph", "beforeafter", "hub"):
        page.click(f"#tab-{kind}")
        bench.settle()
        assert bench.axe() == [], kind
    page.goto(page.url.split("?")[0] + "?shape=list")
    page.locator(".outline a").nth(1).click()
    bench.settle()
    page.click(".actions .menu > summary")
    assert bench.axe() == []
    page.goto(page.url.split("?")[0] + "?at=1")
    assert bench.axe() == []
    page.goto(server.address + "/commands/")
    page.locator("details > summary").nth(1).press("Enter")
    assert bench.axe() == []
    page.goto(server.address + "/nowhere/")
    assert bench.axe() == []


def test_the_page_is_light(bench: Bench, server: Server) -> None:
    """First load at most 250 kB compressed in at most 10 requests; a later step at most 30 kB."""
    page = bench.page
    sizes: list[int] = []

    def weigh(request: Any) -> None:
        weights = request.sizes()
        sizes.append(weights["responseBodySize"] + weights["responseHeadersSize"])

    open_preset(bench, server)
    address = page.url
    page.context.clear_cookies(name="unrelated")
    fresh = page.context.browser.new_context(storage_state=page.context.storage_state(), viewport=DESKTOP)
    tab = fresh.new_page()
    tab.on("requestfinished", weigh)
    tab.goto(address)
    tab.wait_for_selector(".cm-content")
    tab.wait_for_load_state("networkidle")
    assert len(sizes) <= 10 and sum(sizes) <= 250_000, (len(sizes), sum(sizes))
    sizes.clear()
    later = Bench(tab)
    later.build()
    later.type("docker images")
    tab.wait_for_load_state("networkidle")
    assert max(sizes) <= 30_000, sizes
    fresh.close()


def test_the_editor_completes_what_a_dockerfile_may_say(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server, "What to copy first")
    page.wait_for_selector(".cm-content")

    def offered(text: str, completion: str) -> None:
        page.click(".cm-content")
        page.keyboard.press("ControlOrMeta+End")
        page.keyboard.press("Enter")
        page.keyboard.type(text, delay=15)
        # The list of the first letters may stand until that of the whole text takes its place.
        page.locator(".cm-tooltip-autocomplete li").get_by_text(completion, exact=True).first.wait_for()
        page.keyboard.press("Escape")

    offered("HEA", "HEALTHCHECK")
    offered("FROM debian:j", "debian:jessie")
    offered("COPY requ", "requirements.txt")
    offered("COPY --fr", "--from=")
    bench.settle()


def test_the_picture_can_be_saved(bench: Bench, server: Server) -> None:
    page = bench.page
    open_preset(bench, server)
    bench.build()
    for press, magic in (
        ("[data-do=save-png]", b"\x89PNG"),
        ("a[href*='/svg/']", b"<svg"),
        ("a[href*='/dot/']", b"digraph"),
    ):
        with page.expect_download() as download:
            page.click(f".tools {press}")
        assert magic in download.value.path().read_bytes()[:200]
