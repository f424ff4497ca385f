"""Killed, resumed, damaged, wrong: a study loses no more than the trials in flight, and says what is the matter in one line."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.commands import in_process

from pellucid.nets import StorageError
from pellucid.studies import catalogue, folder
from pellucid.studies.folder import report_study, run_study
from pellucid.studies.page import main as write_page
from pellucid.studies.page import page_text
from pellucid.studies.results import answers
from pellucid.studies.samples import read_pool
from pellucid.studies.study import StudyError
from pellucid.studies.trials import read_results

QUICK = ("study", "run", "depth", "--quick", "--quiet")


def quick(path, **options):
    given = {"data": "digits", "seeds": 1, "quick": True, "workers": 1, "progress": lambda done, total: None} | options
    return run_study("depth", path, **given)


@pytest.fixture
def instant(monkeypatch):
    """Trials of `depth` that take no time: for what only the runner does."""
    study = catalogue.STUDIES["depth"]

    def trial(config, pool):
        reached = config["layers_deep"] == 3 or config["seed"] > 0
        return {"accuracy": 1.0, "loss": 0.5, "reached": reached, "diverged": False}

    monkeypatch.setitem(catalogue.STUDIES, "depth", dataclasses.replace(study, trial=trial))


def children(pid):
    """The processes that this one started (Linux)."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.add(int(stat.parent.name))
        except (OSError, IndexError, ValueError):
            continue
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.timeout(180)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_study_killed_midway_goes_on_where_it_was(tmp_path):
    command = [
        sys.executable,
        "-m",
        "pellucid",
        *QUICK,
        "--workers",
        "2",
        "--seeds",
        "3",
        "--out",
        str(tmp_path / "killed"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    trials = tmp_path / "killed" / "trials"
    deadline = time.monotonic() + 60
    while len(list(trials.glob("*.json"))) < 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert workers
    deadline = time.monotonic() + 60  # again: on a busy machine the trials may have used up the first
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers)), "workers outlived the study"
    before = {path: path.stat().st_mtime_ns for path in trials.glob("*.json")}
    total = 3 * len(catalogue.STUDIES["depth"].grid(True))
    assert 5 <= len(before) < total, "the study was not killed midway"
    for path in before:
        assert set(json.loads(path.read_text())) == {"config", "values"}  # whole
    (trials / ".leftover.json.part").write_text("{")  # as a process killed while writing leaves it
    reported = quick(tmp_path / "killed", seeds=3, workers=2)
    assert reported.done == reported.trials == total
    assert {path: path.stat().st_mtime_ns for path in before} == before, "a finished trial was computed again"
    assert not list(trials.glob(".*.part"))
    untouched = quick(tmp_path / "whole", seeds=3)
    assert [f.effect.estimate for f in reported.findings] == [f.effect.estimate for f in untouched.findings]


def test_a_folder_that_another_call_writes_to_is_refused(instant, tmp_path):
    """Here the other call is the one whose progress is shown; a thread or process would be refused in the same way."""
    refused = []

    def again(done, total):
        with pytest.raises(StorageError, match="is being written by another process") as error:
            quick(tmp_path)
        refused.append(error)

    quick(tmp_path, progress=again)
    assert refused
    assert quick(tmp_path).done


def test_more_seeds_only_add_trials(instant, tmp_path):
    quick(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "trials").glob("*.json")}
    assert quick(tmp_path, seeds=2).done == 2 * len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert quick(tmp_path, seeds=5).done == 5 * len(before)
    assert quick(tmp_path, seeds=None).about["seeds"] == 5  # more than the usual 3: they are not forgotten
    assert quick(tmp_path, seeds=2).done == 2 * len(before)  # and fewer are what was asked for


def test_a_quick_run_has_no_verdict_however_many_seeds_it_has(tmp_path, monkeypatch):
    clear = dataclasses.replace(
        catalogue.STUDIES["depth"], trial=lambda config, _: {"reached": config["layers_deep"] == 3}
    )
    monkeypatch.setitem(catalogue.STUDIES, "depth", clear)
    reported = quick(tmp_path, seeds=10)
    assert {finding.verdict for finding in reported.findings} != {"undecided"}  # its numbers alone would decide
    assert reported.verdict == "undecided"
    assert json.loads((tmp_path / "findings.json").read_text())["verdict"] == "undecided"


def test_a_damaged_result_is_computed_again(instant, tmp_path):
    quick(tmp_path)
    path = sorted((tmp_path / "trials").glob("*.json"))[0]
    whole = path.read_text()
    path.write_text(whole[:20])
    assert report_study(tmp_path).done == report_study(tmp_path).trials - 1
    assert report_study(tmp_path).verdict == "undecided"
    assert "the study is incomplete" in (tmp_path / "report.html").read_text()
    reported = quick(tmp_path)
    assert reported.done == reported.trials
    assert path.read_text() == whole


def test_a_failing_trial_is_reported_and_the_others_are_stored(tmp_path, monkeypatch):
    study = catalogue.STUDIES["depth"]

    def fails_once(config, pool):
        if config["layers_deep"] == 5:
            raise FloatingPointError("planted")
        return {"reached": True}

    monkeypatch.setitem(catalogue.STUDIES, "depth", dataclasses.replace(study, trial=fails_once))
    with pytest.raises(
        StudyError, match=r"9 of 18 trials failed; the first: FloatingPointError: planted \(settings .*deep': 5"
    ):
        quick(tmp_path)
    assert len(list((tmp_path / "trials").glob("*.json"))) == 9


def test_numbers_that_are_not_finite_come_back(tmp_path, monkeypatch):
    study = catalogue.STUDIES["depth"]
    values = {"reached": True, "loss": float("inf"), "curve": [float("nan"), 1.0]}
    monkeypatch.setitem(catalogue.STUDIES, "depth", dataclasses.replace(study, trial=lambda config, pool: values))
    quick(tmp_path)
    row = read_results(folder._configs(study, folder._about(tmp_path)), tmp_path).rows[0]
    assert row["loss"] == float("inf")
    assert row["curve"][0] != row["curve"][0]
    assert row["reached"] is True


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quick": False}, "contains a quick run of depth on digits; choose another --out"),
        ({"data": "cifar10"}, "contains a quick run of depth on digits"),
        ({"seeds": 0}, "--seeds must be at least 1; got 0"),
        ({"workers": 0}, "--workers must be at least 1; got 0"),
    ],
)
def test_a_folder_is_one_study(instant, tmp_path, change, message):
    quick(tmp_path)
    with pytest.raises(StudyError, match=message):
        quick(tmp_path, **change)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("study.json", "{", "cannot read .*study.json: Expecting"),
        ("study.json", "[1]", "study.json is not valid: it must contain study, source"),
        ("study.json", '{"study": "depth", "seeds": "many"}', "study.json is not valid"),
        ("data.npz", "no archive", "cannot read .*data.npz .*; choose another --out"),
        ("data.npz", None, "cannot read .*data.npz .*; choose another --out"),
    ],
)
def test_a_damaged_folder_is_refused_in_a_line(instant, tmp_path, name, content, message):
    quick(tmp_path)
    read_pool.cache_clear()
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises((StudyError, StorageError), match=message) as raised:
        quick(tmp_path)
    assert "\n" not in str(raised.value)


def test_the_commands_and_their_mistakes(tmp_path, monkeypatch):
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path / "nothing"))
    code, out, _ = in_process("study", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(catalogue.STUDIES)
    code, out, _ = in_process(*QUICK, "--seeds", "1", "--workers", "1", "--out", str(tmp_path / "s"))
    assert code == 0
    assert out.startswith("depth: QUICK RUN, without a verdict; the full run: UNDECIDED (cifar10, 10 seeds)")
    assert "a quick run decides nothing" in out
    assert "undecided:" not in out  # no verdicts on single findings
    assert in_process("study", "report", str(tmp_path / "s"))[1] == out
    for arguments, message in (
        (("study", "run", "nonsense", "--quick"), "NAME must be one of batch-size"),
        (("study", "run", "int-scale", "--quick"), "did you mean 'init-scale'?"),
        (("study", "report", str(tmp_path)), "contains no study"),
        (("study", "run", "depth", "--data", str(tmp_path / "none.npz"), "--out", str(tmp_path / "t")), "none.npz"),
    ):
        code, _, err = in_process(*arguments)
        assert code == 1
        assert message in err
        assert len(err.splitlines()) == 1, err
    assert not (tmp_path / "t").exists()


def test_the_page_lists_only_complete_full_runs(instant, tmp_path, capsys):
    quick(tmp_path / "quick")
    docs, measured = tmp_path / "docs", tmp_path / "measured"
    write_page(docs, measured, [tmp_path / "quick", tmp_path / "missing"])
    text = (docs / "studies.md").read_text()
    assert text.count("not yet run in full |") == 12
    assert "a quick or incomplete run, skipped" in capsys.readouterr().err
    assert not list(measured.iterdir())
    result = json.loads((tmp_path / "quick" / "findings.json").read_text())
    result["about"] |= {"quick": False, "seeds": 10}
    result["verdict"] = "holds"
    (tmp_path / "quick" / "findings.json").write_text(json.dumps(result))
    write_page(docs, measured, [tmp_path / "quick"])
    text = (docs / "studies.md").read_text()
    assert text.count("not yet run in full |") == 11
    assert "**Verdict: holds.**" in text
    assert (docs / "studies" / "depth.svg").exists()
    assert (measured / "depth.json").exists()


def test_what_comes_with_the_package_is_what_the_page_says(request):
    """Each verdict in docs/studies.md is that of a result in the package, from at least ten seeds on CIFAR-10."""
    measured_folder = request.config.rootpath / "src" / "pellucid" / "studies" / "measured"
    text = (request.config.rootpath / "docs" / "studies.md").read_text()
    measured = {name for name, each in answers().items() if not each.answer.startswith("not measured in full yet")}
    assert measured == {path.stem for path in measured_folder.glob("*.json")}
    for name in catalogue.STUDIES:
        path = measured_folder / f"{name}.json"
        if not path.exists():
            assert f"- `pellucid study run {name} --data cifar10`" in text
            continue
        result = json.loads(path.read_text())
        assert f"| [{name}](#{name}) | {result['claim']} | **{result['verdict']}** |" in text
        assert result["about"]["seeds"] >= 10
        remark = catalogue.STUDIES[name].remarks.get(result["verdict"])
        assert remark, f"{name} needs a remark that fits its verdict"
        assert remark in text
        assert result["about"]["data"] == "cifar10"
        assert result["trials"] == result["expected"]
        for suffix in ("svg", "png"):
            assert (request.config.rootpath / "docs" / "studies" / f"{name}.{suffix}").exists()


def test_a_remark_is_not_shown_with_another_verdict(request):
    path = request.config.rootpath / "src" / "pellucid" / "studies" / "measured" / "depth.json"
    result = json.loads(path.read_text())
    remark = catalogue.STUDIES["depth"].remarks["undecided"]
    assert remark in page_text({"depth": result})
    assert remark not in page_text({"depth": result | {"verdict": "holds"}})
