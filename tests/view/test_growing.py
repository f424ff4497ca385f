"""Tests of reading run folders as they grow: half a line, damaged lines, files that are replaced, folders that are no runs."""

import json
import os

import pytest
from tests.view.recordings import add_lines, record, step_line

from pellucid.nets import StorageError
from pellucid.view import growing
from pellucid.view.growing import GrowingFile
from pellucid.view.runs import Runs


def the_run(folder):
    runs = Runs([folder])
    while runs.refresh():
        pass
    (run,) = runs
    return run


def steps_of(run):
    return run.curves.series["loss"].points(0, 1e9)[0].tolist()


def test_half_a_line_is_read_when_the_other_half_has_come(tmp_path):
    file = GrowingFile(tmp_path / "lines")
    assert list(file.read()) == []
    (tmp_path / "lines").write_bytes(b"one\ntw")
    assert list(file.read()) == [b"one"]
    assert list(file.read()) == []
    with open(tmp_path / "lines", "ab") as lines:
        lines.write(b"o\nthree\n")
    assert list(file.read()) == [b"two", b"three"]


def test_a_file_that_was_cut_or_replaced_is_read_anew(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\n")
    file = GrowingFile(path)
    file.read()
    path.write_bytes(b"new\n")
    assert list(file.read()) == [b"new"]
    (tmp_path / "other").write_bytes(b"another, and longer\n")
    os.replace(tmp_path / "other", path)
    assert list(file.read()) == [b"another, and longer"]
    assert file.begun == 3


def test_a_large_file_comes_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(growing, "PIECE", 100)
    monkeypatch.setattr(growing, "LONGEST_LINE", 50)
    (tmp_path / "lines").write_bytes(b"x" * 250 + b"\n" + b"line\n" * 50)
    file, pieces = GrowingFile(tmp_path / "lines"), []
    while piece := file.read():
        pieces.append(list(piece))
    assert len(pieces) > 3
    assert sum(piece.count(b"line") for piece in pieces) == 50


def test_curves_grow_with_their_file(tmp_path):
    record(tmp_path / "run", steps=4)
    runs = Runs([tmp_path])
    runs.refresh()
    (run,) = runs
    before = run.version
    runs.refresh()
    assert run.version == before
    add_lines(run.folder, "metrics.jsonl", step_line(5, 0.25))
    runs.refresh()
    assert run.version != before
    assert steps_of(run) == [1, 2, 3, 4, 5]
    assert run.summary()["last"]["loss"] == 0.25


def test_damaged_lines_and_files_are_lines_of_text(tmp_path):
    folder = record(tmp_path / "run", steps=4)
    with open(folder / "metrics.jsonl", "ab") as file:
        file.write(b'{"event": "step", "step": "x"}\n\xff\xfe\n[1, 2]\n{"event": "step", "step": 9, "epo')
    with open(folder / "vitals.jsonl", "ab") as file:
        file.write(b'{"step": 7, "layers": 3}\n' + b"[" * 100_000 + b"\n")
    (folder / "findings.json").write_text('[{"code": "DR101"}]')
    (folder / "setup.json").write_text('{"layers": [{"name": 1}]}')
    (folder / "config.toml").write_text("= what")
    run = the_run(tmp_path)
    assert steps_of(run) == [1, 2, 3, 4]
    assert run.troubles() == [
        "setup.json is damaged, and left out",
        "config.toml is damaged, and left out",
        "findings.json is damaged, and left out",
        "metrics.jsonl: 3 damaged lines left out",
        "vitals.jsonl: 2 damaged lines left out",
    ]
    assert [layer["name"] for layer in run.layers()] == ["fc1", "relu1", "fc2"]
    assert json.dumps(run.summary(), allow_nan=False)


def test_a_pipe_in_a_files_place_is_not_waited_for(tmp_path):
    folder = record(tmp_path / "run")
    (folder / "metrics.jsonl").unlink()
    os.mkfifo(folder / "metrics.jsonl")
    (folder / "findings.json").unlink()
    os.mkfifo(folder / "findings.json")
    said = " ".join(the_run(tmp_path).troubles())
    assert said.count("a named pipe, not a plain file") == 2


def test_links_out_of_the_folder_are_not_read(tmp_path):
    secret = record(tmp_path / "elsewhere" / "secret")
    (tmp_path / "runs").mkdir()
    folder = record(tmp_path / "runs" / "run", steps=4)
    for name in ("metrics.jsonl", "findings.json"):
        (folder / name).unlink()
        (folder / name).symlink_to(secret / name)
    (tmp_path / "runs" / "linked").symlink_to(secret)
    run = the_run(tmp_path / "runs")
    assert run.curves.series == {}
    assert run.findings.value is None
    assert "metrics.jsonl is a link out of the folder, and not read" in run.troubles()


def test_runs_are_found_below_a_folder_and_as_they_come(tmp_path, monkeypatch):
    monkeypatch.setattr("pellucid.view.runs.SEARCH_SECONDS", 0.0)
    for name in ("run-10", "run-2", "group/a"):
        record(tmp_path / name)
    (tmp_path / "run-2" / "deeper").mkdir()
    (tmp_path / "no run").mkdir()
    (tmp_path / ".hidden").mkdir()
    record(tmp_path / ".hidden" / "run")
    runs = Runs([tmp_path])
    runs.refresh()
    assert [run.name for run in runs] == ["group/a", "run-2", "run-10"]
    record(tmp_path / "run-3")
    runs.refresh()
    assert [run.name for run in runs] == ["group/a", "run-2", "run-3", "run-10"]
    alone = Runs([tmp_path / "run-2", tmp_path / "group"])
    alone.refresh()
    assert [run.name for run in alone] == ["group/a", "run-2"]


def test_reading_many_runs_is_cut_into_parts_that_together_read_all(tmp_path, monkeypatch):
    monkeypatch.setattr("pellucid.view.runs.READ_SECONDS", 0.0)
    for number in range(5):
        record(tmp_path / f"run-{number}", steps=4)
    runs = Runs([tmp_path])
    readings = 1
    while runs.refresh():
        readings += 1
    assert readings > 5
    assert [run.curves.step for run in runs] == [4] * 5


def test_a_folder_that_is_missing_is_one_line(tmp_path):
    with pytest.raises(StorageError, match=r"nowhere: no such folder; name a folder with runs"):
        Runs([tmp_path / "nowhere"])
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file: not a folder"):
        Runs([tmp_path / "file"])
