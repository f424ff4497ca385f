"""Results are written after every case, a failed case does not stop the others, and what was measured is not measured again."""

import json

import pytest
from bench.results import Results
from bench.sections import Section, allocators

from bench import __main__ as command
from bench import cifar, curves, readme, report

GROUP = {
    "best": "torch threads=2",
    "finalists": ["torch threads=2"],
    "median": 3.0,
    "same": True,
    "ratio": 3.0,
    "goal": 2.5,
}
TIMED = {"median": 1.0, "min": 0.9, "max": 1.2, "turns": [1.0]}
RECORD = {
    "ours": "native",
    "sides": {"native": TIMED, "torch threads=2": TIMED | {"median": 3.0}},
    "groups": {"PyTorch": GROUP},
    "trials": {},
    "failed": {"torch compile=model": "torch compile=model: no compiler"},
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    calls = []

    def good(effort, say, earlier):
        calls.append("good")
        return RECORD

    def bad(effort, say, earlier):
        calls.append("bad")
        raise RuntimeError("no memory")

    section = Section("steps", (), lambda libraries: {"bad": bad, "good": good})
    monkeypatch.setattr(command, "SECTIONS", [section])

    def main(*flags):
        calls.clear()
        out = tmp_path / "speed.json"
        monkeypatch.setattr("sys.argv", ["bench", "--out", str(out), *flags])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return ended.value.code, list(calls), json.loads(out.read_text())["sections"]["steps"]

    return main


def test_a_case_that_fails_does_not_stop_the_others(run):
    code, calls, cases = run()
    assert code
    assert calls == ["bad", "good"]
    assert cases["bad"]["error"] == "RuntimeError: no memory"
    assert cases["good"]["groups"]["PyTorch"]["ratio"] == 3.0


def test_resuming_measures_only_what_failed_or_is_missing(run):
    run()
    assert run("--resume")[1] == ["bad"]


def test_one_case_is_measured_and_the_others_results_stay(run):
    run()
    _, calls, cases = run("--case", "good")
    assert calls == ["good"]
    assert set(cases) == {"bad", "good"}


def test_the_page_holds_ratios_goals_and_what_failed(tmp_path):
    results = Results(tmp_path / "speed.json")
    results.put("steps", "vgg6-bn", RECORD)
    results.put("steps", "resnet9", {"error": "SideError: native: no answer within 300 s"})
    report.write_page(results, tmp_path)
    page = (tmp_path / "speed.md").read_text()
    assert "| vgg6-bn | 1 (0.9 to 1.2) |" in page
    assert "| 3.00 | 2.5 |" in page
    assert "no compiler" in page
    assert "no answer within 300 s" in page
    assert "vgg6-bn" in (tmp_path / "speed.svg").read_text()


def test_sides_that_differ_have_no_ratio_in_the_page(tmp_path):
    results = Results(tmp_path / "speed.json")
    group = {key: value for key, value in GROUP.items() if key not in ("ratio", "goal")} | {"same": False}
    results.put("steps", "vgg6-bn", RECORD | {"groups": {"PyTorch": group}})
    assert "results differ" in report.text(results)


def test_an_allocator_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="jemalloc=PATH"):
        allocators([f"jemalloc={tmp_path / 'none.so'}"])


def test_seconds_to_an_accuracy_end_with_the_epoch_that_reaches_it():
    epochs = [{"seconds": 10.0, "val_accuracy": a} for a in (0.5, 0.8, 0.79)]
    assert cifar.seconds_to(epochs, 0.8) == 20.0
    assert cifar.seconds_to(epochs, 0.81) is None


def test_a_curve_outside_the_noise_is_distinguished_from_one_within_it():
    noisy = [[2.0 + 0.1 * seed - 0.001 * step for step in range(40)] for seed in range(3)]
    near = [[loss + 0.02 for loss in curve] for curve in noisy]
    far = [[loss + 0.2 for loss in curve] for curve in noisy]
    assert curves.compared(near, noisy)["within"]
    assert not curves.compared(far, noisy)["within"]


def test_only_the_readmes_table_between_its_markers_is_replaced(tmp_path):
    results = Results(tmp_path / "speed.json")
    results.put("steps", "vgg6-bn", RECORD)
    results.put("steps", "resnet9", {"error": "SideError"})
    page = tmp_path / "README.md"
    page.write_text(f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n")
    readme.write_table(results, page)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| step, vgg6-bn | 64 | 1 ms | 3 ms (2 threads) | **3** | 2.5 |" in text
    assert "docs/speed.svg" in text
    page.write_text("no markers")
    with pytest.raises(ValueError, match="markers"):
        readme.write_table(results, page)
