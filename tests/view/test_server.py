"""Tests of the server: who is let in, what it answers, and that nothing outside the runs can be asked for."""

import asyncio
import json

import numpy as np
import pytest
from tests.view.recordings import FINDING, add_lines, record, step_line

pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")

from pellucid.view.runs import Runs  # noqa: E402
from pellucid.view.server import application  # noqa: E402

TOKEN = "a-token"
BASE = "http://127.0.0.1:8000"


class Browser:
    """Asks the server as a browser does, and keeps its cookies."""

    def __init__(self, guarded):
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url=BASE, follow_redirects=True)
        self.cookies = self.client.cookies

    def get(self, path, **options):
        return asyncio.run(self.client.get(path, **options))

    def post(self, path):
        return asyncio.run(self.client.post(path))


@pytest.fixture
def folder(tmp_path):
    record(tmp_path / "runs" / "a", rate=0.1)
    record(tmp_path / "runs" / "b", rate=0.2, findings=(), framework="keras")
    return tmp_path / "runs"


@pytest.fixture
def client(folder):
    """Somebody who has opened the address."""
    runs = Runs([folder])
    while runs.refresh():
        pass
    guarded, _ = application(runs, TOKEN, 8000)
    return Browser(guarded)


@pytest.fixture
def known(client):
    assert client.get(f"/?token={TOKEN}").status_code == 200
    return client


def get(client, question, /, **parameters):
    answer = client.get(f"/api/{question}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---- who is let in ----


@pytest.mark.parametrize(
    "path", ["/", "/api/runs", "/static/main.js", "/events", "/?token=", "/?token=wrong", "/?token=%ff"]
)
def test_without_the_token_nothing_is_shown(client, path):
    answer = client.get(path)
    assert answer.status_code == 403
    assert answer.text.startswith("The token is missing or wrong")


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(client):
    answer = client.get(f"/?token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"pellucid-view-8000={TOKEN}")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/api/runs").status_code == 200
    client.cookies.clear()
    assert client.get("/api/runs").status_code == 403
    client.cookies.set("pellucid-view-8000", "another")
    assert client.get("/api/runs").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1", "", "[::2]:8000"]
)
def test_a_name_that_was_made_to_point_here_is_refused(known, host):
    answer = known.get("/api/runs", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9000", "LOCALHOST", "[::1]:8000"])
def test_the_names_of_this_machine_are_let_in(known, host):
    assert known.get(f"/api/runs?token={TOKEN}", headers={"host": host}).status_code == 200


def test_other_origins_and_other_methods_are_refused(known):
    assert known.get("/api/runs", headers={"origin": "http://evil.example"}).status_code == 403
    assert known.get("/api/runs", headers={"origin": BASE}).status_code == 200
    assert known.post("/api/runs").status_code == 405


@pytest.mark.parametrize("path", ["/", "/api/runs", "/static/main.js", "/nothing", "/static/nothing"])
def test_every_answer_has_the_security_headers(known, path):
    for answer in (known.get(path), known.get(path, headers={"host": "evil.example"})):
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


OUTSIDE = [
    "../secret",
    "..%2fsecret",
    "%2e%2e/secret",
    "/etc/passwd",
    "a/../../secret",
    "a\\..\\secret",
    "\0",
    "../server.py",
]


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_leads_out_of_the_folders(known, folder, name):
    (folder.parent / "secret").write_text("secret")
    record(folder.parent / "other")
    for run in (name, f"../{name}", "../other"):
        for question in ("flow", "findings", "evidence", "filters", "mistakes"):
            answer = known.get(f"/api/{question}", params={"run": run})
            assert (answer.status_code, answer.json()) == (404, {"error": "there is no such run"})
        assert get(known, "curves", run=run, name="loss")["lines"] == []
    assert known.get(f"/static/{name}".replace("\0", "%00")).status_code == 404


# ---- what it answers ----


def test_the_page_and_all_that_it_names_are_there(known):
    page = known.get("/").text
    names = [part.split('"')[0] for part in page.split('="/')[1:]]
    assert "static/main.js" in names
    assert all(known.get(f"/{name}").status_code == 200 for name in names)
    assert "http://" not in page
    assert "https://" not in page


def test_runs_are_listed_whatever_framework_they_are_of(known):
    a, b = get(known, "runs")["runs"]
    assert (a["name"], a["framework"], a["step"], a["findings"]) == ("a", "torch", 12, 1)
    assert (b["name"], b["framework"], b["findings"]) == ("b", "keras", 0)
    assert set(a["curves"]) == {
        "loss",
        "learning_rate",
        "gradient_norm",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
    }


def test_curves_of_several_runs_share_their_steps(known):
    answer = get(known, "curves", run=["a", "b"], name=["loss", "val_loss"], width=300)
    assert answer["exact"]
    assert answer["x"] == list(range(1, 13))
    lines = {(line["run"], line["name"]): line["mean"] for line in answer["lines"]}
    assert len(lines) == 4
    np.testing.assert_allclose(lines["a", "loss"], [2 / step for step in range(1, 13)], rtol=1e-5)
    assert lines["b", "val_loss"] == [
        0.75 if step == 4 else 0.375 if step == 8 else 0.25 if step == 12 else None for step in range(1, 13)
    ]


def test_a_window_of_a_long_run_is_as_wide_as_asked_and_keeps_its_peak(known, folder):
    losses = np.ones(30_000)
    losses[7_000] = 50.0
    lines = [step_line(step, loss) for step, loss in enumerate(losses, start=1)]
    (folder / "long").mkdir()
    add_lines(folder / "long", "metrics.jsonl", *lines)
    runs = Runs([folder])
    while runs.refresh():
        pass
    guarded, _ = application(runs, TOKEN, 8000)
    client = Browser(guarded)
    for parameters in ({}, {"from": 6_000, "to": 8_500}):
        answer = get(client, "curves", token=TOKEN, run="long", name="loss", width=200, **parameters)
        (line,) = answer["lines"]
        assert len(answer["x"]) == len(line["mean"]) == len(line["high"]) == 200
        assert max(line["high"]) == 50.0
        assert abs(answer["x"][int(np.argmax(line["high"]))] - 7_001) < 151


@pytest.mark.parametrize("parameters", [{"from": "x"}, {"to": "nan"}, {"from": 5, "to": 5}, {"width": "wide"}])
def test_a_window_that_makes_no_sense_is_one_line(known, parameters):
    answer = known.get("/api/curves", params={"run": "a", "name": "loss"} | parameters)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


def test_settings_that_differ_are_told_from_those_that_are_equal(known):
    answer = get(known, "settings", run=["a", "b"])
    rows = {row["name"]: row["values"] for row in answer["rows"]}
    assert rows == {"framework": ["torch", "keras"], "learning_rate": ["0.1", "0.2"]}
    assert answer["equal"] > 5
    assert len(get(known, "settings", run="a")["rows"]) == answer["equal"] + 2


def test_layers_have_their_vitals_over_time(known):
    answer = get(known, "flow", run="a", vital="dead")
    assert [row["name"] for row in answer["drawing"]["rows"]] == ["fc1", "relu1", "fc2"]
    assert answer["drawing"]["links"] == [{"from": place - 1, "to": place, "lane": 0} for place in range(3)]
    assert answer["steps"] == list(range(1, 13))
    assert answer["values"][1][:3] == [0.1, 0.2, 0.3]
    assert get(known, "flow", run="a", vital="gradient")["values"][1] == [None] * 12
    assert get(known, "flow", run="a", vital="nonsense")["vital"]["name"] == "spread"


def test_findings_come_with_what_shows_them(known):
    answer = get(known, "findings", run="a")
    assert answer["findings"] == [FINDING.to_dict() | {"drawn": True, "vital": "dead", "layer": True}]
    drawn = get(known, "evidence", run="a", code="DR403")
    assert (drawn["title"], drawn["since"]) == ("Dead units of relu1", 3)
    assert drawn["y"][:2] == [0.1, 0.2]
    assert drawn["high"] == pytest.approx(1 / 3)
    assert get(known, "findings", run="b")["findings"] == []


def test_a_code_is_explained(known):
    page = get(known, "explain", code="DR403")
    assert page["name"] == "dead-units"
    assert {block["kind"] for block in page["blocks"]} == {"text", "item"}
    assert known.get("/api/explain", params={"code": "DR999"}).status_code == 404


@pytest.mark.parametrize(("question", "said"), [("filters", "No best epoch's model"), ("mistakes", "no configuration")])
def test_pictures_that_cannot_be_made_say_why(known, question, said):
    answer = known.get(f"/api/{question}", params={"run": "a"})
    assert answer.status_code == 404
    assert said in answer.json()["error"]


def test_a_study_in_the_folder_does_not_disturb(known, folder):
    (folder / "b" / "findings.json").write_text('{"verdict": "holds"}')
    get(known, "runs")
    assert get(known, "findings", run="b")["findings"] == []


# ---- what is pushed ----


def test_a_page_is_told_which_run_grew(folder, monkeypatch):
    monkeypatch.setattr("pellucid.view.watch.SECONDS", 0.01)
    monkeypatch.setattr("pellucid.view.runs.GROWING_SECONDS", 1e9)  # no run stops being live meanwhile
    runs = Runs([folder])
    while runs.refresh():
        pass
    _, watch = application(runs, TOKEN, 8000)

    async def told():
        found = []
        async for message in watch.messages():
            found += [json.loads(message.removeprefix("data: "))] if message.startswith("data: ") else []
            if len(found) == 2:
                add_lines(folder / "b", "metrics.jsonl", step_line(13, 0.5))
            if len(found) == 3:
                watch.close()
        return found

    first, known, grown = asyncio.run(asyncio.wait_for(told(), 60))
    assert (first["whole"], len(first["runs"])) == (True, 2)
    assert known["whole"]
    assert not grown["whole"]
    assert [(run["name"], run["step"]) for run in grown["runs"]] == [("b", 13)]
