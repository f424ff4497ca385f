"""Tests of `pellucid view` as a whole: the command, and its page in a real Chromium where one is installed."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from tests.view import chromium
from tests.view.recordings import add_lines, record, step_line

from pellucid.cli import main, viewing

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["pellucid", "view", *sys.argv[1:]]
from pellucid.cli import main
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    record(folder / "sick")
    record(folder / "sound", findings=(), rate=0.2)
    return folder


def started(folder):
    """Return a process that serves a folder, and the address of its page."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process, process.stdout.readline().strip()


@pytest.fixture(scope="module")
def served(folder):
    """The address of a page that is served."""
    process, address = started(folder)
    yield address
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def page(served, tmp_path_factory):
    """The page, drawn."""
    if chromium.PROGRAM is None:
        pytest.skip("no Chromium is installed")
    browser = chromium.Chromium(tmp_path_factory.mktemp("profile"))
    browser.call("Page.navigate", url=f"{served}#sick")
    browser.wait(
        "document.querySelectorAll('.panel canvas').length >= 4 && document.querySelectorAll('.finding').length === 1"
    )
    browser.wait("document.querySelectorAll('.layer').length === 3")
    yield browser
    browser.close()


def size(page, width, *, scheme="light"):
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


def test_the_address_is_of_this_machine_and_has_a_token(served):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", served)


def test_everything_comes_from_the_page_itself_and_nothing_fails(page, served):
    origin = served.partition("/?")[0]
    assert page.errors == []
    assert len(page.asked) > 10
    assert all(one.startswith((f"{origin}/", "data:")) for one in page.asked)
    assert "token" not in page.look("location.href")


def test_runs_findings_layers_and_settings_are_shown(page):
    assert page.look("[...document.querySelectorAll('.run-name')].map(one => one.textContent)") == ["sick", "sound"]
    finding = page.look("document.querySelector('.finding').textContent")
    assert "95% of its units are 0 for every row" in finding
    assert "Lower the <b>rate</b>." in finding, "text of a run is text, never markup"
    assert page.look("document.querySelectorAll('.finding b, .finding .evidence canvas').length") == 1
    page.wait("document.querySelector('#settings').textContent.includes('0.2')")


def test_the_slider_shows_layers_at_another_step(page):
    page.look(
        "(document.querySelector('#vital').value = 'dead', document.querySelector('#vital').dispatchEvent(new Event('change')))"
    )
    page.wait("[...document.querySelectorAll('.amount')].map(one => one.textContent)[1] === '100%'")
    page.look("document.querySelector('#time').focus()")
    page.press("Home")
    page.wait("[...document.querySelectorAll('.amount')].map(one => one.textContent)[1] === '10%'")
    assert "step 1" in page.look("document.querySelector('#time').getAttribute('aria-valuetext')")


def test_a_chart_is_zoomed_with_the_keyboard(page):
    page.look("document.querySelector('.plot').focus()")
    page.press("+")
    page.wait("!document.querySelector('#reset').disabled")
    page.press("0")
    page.wait("document.querySelector('#reset').disabled")


def test_curves_grow_while_the_page_is_open(page, folder):
    add_lines(folder / "sound", "metrics.jsonl", step_line(13, 0.123))
    page.wait("document.querySelector('#runs').textContent.includes('step 13 · loss 0.123')")
    page.wait("document.querySelector('.readout').textContent.includes('sound, each step 0.123')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_screen(page, width, scheme):
    size(page, width, scheme=scheme)
    page.wait(f"document.documentElement.clientWidth <= {width}")
    page.wait("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_everything_that_can_be_used_has_a_name(page):
    nameless = """
        [...document.querySelectorAll('button, input, select, a, summary, [role=img]')]
        .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))
        .map(one => one.outerHTML)"""
    assert page.look(nameless) == []
    assert page.look("new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size") == page.look(
        "document.querySelectorAll('[id]').length"
    )


def test_ctrl_c_ends_it_quietly_also_with_a_page_open(folder):
    process, address = started(folder)
    with urllib.request.urlopen(address.replace("/?", "/events?"), timeout=60) as stream:
        assert stream.readline().startswith(b"data: ")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "pellucid: 2 runs; Ctrl-C ends the page\n")


def said(monkeypatch, capsys, *arguments):
    """Return what the command writes to stderr when it refuses."""
    monkeypatch.setattr("sys.argv", ["pellucid", "view", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_folder_that_is_missing_is_one_line(tmp_path, monkeypatch, capsys):
    expected = f"pellucid: {tmp_path}/nowhere: no such folder; name a folder with runs\n"
    assert said(monkeypatch, capsys, tmp_path / "nowhere") == expected


def test_a_port_that_is_taken_is_one_line(tmp_path, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = said(monkeypatch, capsys, tmp_path, "--port", port)
    assert line == f"pellucid: --port {port}: Address already in use; without --port a free one is taken\n"


def test_without_the_extra_a_line_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(viewing, "NEEDED", ("starlette_that_is_not_installed",))
    expected = "pellucid: pellucid view needs starlette and uvicorn: pip install 'pellucid[view]'\n"
    assert said(monkeypatch, capsys, tmp_path) == expected
