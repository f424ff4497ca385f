"""Submissions that are broken, odd or hostile: each gets a verdict or a reason, and never stops the others or the grader."""

import io
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from tests.cli.commands import in_process

import pellucid
from pellucid.checker import CheckError, load_pack
from pellucid.checker.asking.pack import Options
from pellucid.checker.judging.judge import _is_not_asked
from pellucid.checker.packs import PackError
from pellucid.checker.reading.submission import read_submission
from pellucid.checker.running.messages import Messages
from pellucid.checker.running.worker import frames, outline, repair
from pellucid.escaping import printable

from .planting import PACK, REFERENCE, source_of

RELU = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"
WRONG_RELU = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(1, x), x\n"
NONCE = bytes(16)


def checked(tmp_path, text, **settings):
    path = tmp_path / "layers.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return pellucid.check(path, **settings)


def command(*arguments, **settings):
    words = [sys.executable, "-m", "pellucid", "check", *map(os.fsencode, map(str, arguments))]
    return subprocess.run(words, capture_output=True, timeout=280, **settings)


# Wrong code stays wrong.


def test_an_exception_with_a_name_of_the_checkers_own_drops_no_case(tmp_path):
    text = (
        "import numpy as np\nclass NotAskedError(Exception): pass\nclass Death(Exception): pass\n"
        "def relu_forward(x):\n    if x.ndim != 2: raise NotAskedError('not_asked')\n    return np.maximum(0, x), x\n"
        "def relu_backward(dout, cache):\n    raise Death('was correct')\n"
    )
    forward, backward = checked(tmp_path, text).functions
    assert forward.verdict == "wrong"
    assert forward.total > forward.passed
    assert all("the code was correct" not in cause.title for cause in backward.causes)


def test_only_a_case_that_declares_it_may_not_be_asked():
    names = ("relu_forward", "FullyConnectedNet")
    cases = [case for name in names for case in PACK.function(name).cases(np.random.default_rng(0), Options())]
    declared = [case.name for case in cases if _is_not_asked(case, {"not_asked": True})]
    assert 0 < len(declared) < len(cases)
    assert not any(_is_not_asked(case, {"error": {"type": "NotAskedError"}}) for case in cases)
    relu = PACK.function("relu_forward").cases(np.random.default_rng(0), Options())
    assert not any(_is_not_asked(case, {"not_asked": True}) for case in relu)


# Messages of a worker.


def received(*messages, largest=64 << 20):
    stream = io.BytesIO(b"".join(m if isinstance(m, bytes) else frames.pack(m, NONCE) for m in messages))
    reader = Messages(stream, NONCE, largest)
    return [reader.next() for _ in messages]


def raw(header, body=b""):
    """A message as code writes it that knows the nonce."""
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return frames.HEAD.pack(frames.MAGIC, NONCE, len(header), len(body)) + header + body


ERROR = {"type": "ValueError", "message": "m", "line": 3, "file": "a.py", "function": "f", "entered": "f"}
RESULT = {"kind": "result", "number": 0, "outputs": {"out": np.ones(3)}, "changed": {}, "seconds": 0.1, "peak": 0}


def test_messages_of_the_harness_are_read():
    loading, loaded = {"kind": "loading"}, {"kind": "loaded", "functions": ["f"], "stubbed": []}
    confined = {"kind": "confined", "limits": {"files": "open", "more": ["a", "b"]}}
    failed = {"kind": "result", "number": 1, "error": ERROR, "seconds": 0.0}
    messages = received(confined, loading, loaded, {"kind": "case", "number": 0}, RESULT, failed, {"kind": "done"})
    assert [m["kind"] for m in messages] == ["confined", "loading", "loaded", "case", "result", "result", "done"]
    assert "error" not in messages[4]
    assert np.array_equal(messages[4]["outputs"]["out"], np.ones(3))
    assert messages[5]["error"] == ERROR
    assert "outputs" not in messages[5]


FORGED = {
    "a list": [1],
    "no kind": {"number": 0},
    "another kind": {"kind": "verdict", "verdict": "correct"},
    "a number that is a list": {"kind": "case", "number": [1]},
    "a negative number": {"kind": "case", "number": -1},
    "functions that are numbers": {"kind": "loaded", "functions": [1], "stubbed": []},
    "nothing stubbed": {"kind": "loaded", "functions": []},
    "too many functions": {"kind": "loaded", "functions": ["f"] * 20_000, "stubbed": []},
    "limits that are a text": {"kind": "confined", "limits": "none"},
    "no outputs and no error": {"kind": "result", "number": 0, "seconds": 0.0},
    "outputs and an error": {**RESULT, "error": ERROR},
    "outputs that are a list": {**RESULT, "outputs": [1.0]},
    "changed that is a text": {**RESULT, "changed": "x"},
    "seconds that are a text": {**RESULT, "seconds": "1"},
    "seconds that are no number": {**RESULT, "seconds": float("nan")},
    "endless seconds": {**RESULT, "seconds": float("inf")},
    "an endless name": {**RESULT, "outputs": {"o" * 5_000: 1.0}},
    "too many outputs": {**RESULT, "outputs": {str(n): 1.0 for n in range(2_000)}},
    "an error that is a text": {"kind": "result", "number": 0, "error": "ValueError"},
    "an error without a line": {"kind": "failed to load", "error": {"type": "E", "message": ""}},
    "a line that is a text": {"kind": "failed to load", "error": {**ERROR, "line": "3"}},
    "an endless message": {"kind": "failed to load", "error": {**ERROR, "message": "m" * 100_000}},
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_message_is_refused(forged):
    with pytest.raises(frames.FrameError):
        received(FORGED[forged])


RESULT_HEADER = [["kind", "result"], ["number", 0], ["changed", {"dict": []}], ["seconds", 0.0]]


@pytest.mark.parametrize(
    "value",
    [
        {"array": ["<f8", [2], 8]},
        {"array": ["<f8", [-1], 0]},
        {"array": ["<f8", [2**62, 2**62], 0]},
        {"array": ["<f8", [2.0], 0]},
        {"array": ["<f8", [1] * 60, 0]},
        {"array": ["f8,f8", [1], 0]},
        {"array": ["(2,)f8", [1], 0]},
        {"array": ["O", [1], 0]},
        {"array": ["<f8", 2, 0]},
        {"array": [["<f8"], [1], 0]},
        {"array": []},
        {"list": [{"array": ["<f8", [2], 0]}] * 2},
        {"pickle": "x"},
        {"other": 3},
        {},
        {"dict": [["a"]]},
        {"dict": 3},
    ],
)
def test_a_value_of_another_form_is_refused(value):
    header = {"dict": [*RESULT_HEADER, ["outputs", {"dict": [["out", value]]}]]}
    with pytest.raises(frames.FrameError):
        received(raw(header, bytes(16)))


@pytest.mark.parametrize(
    "header", [b"[" * 100_000, b"1" * 5_000, b"{", b"\xff\xfe", b"nul", b'{"list": [' + b"0," * 2_000_000 + b"0]}"]
)
def test_a_header_that_is_no_message_is_refused(header):
    with pytest.raises(frames.FrameError):
        received(raw(header))


def test_arrays_that_share_their_bytes_do_not_grow_in_the_parent():
    """2,000 views of 8 MB were 16 GB."""
    views = {"list": [{"array": ["<f8", [1 << 20], 0]} for _ in range(2_000)]}
    header = {"dict": [*RESULT_HEADER, ["outputs", {"dict": [["out", views]]}]]}
    with pytest.raises(frames.FrameError, match="over another"):
        received(raw(header, bytes(8 << 20)))


def test_the_results_of_a_job_are_bounded_together():
    large = {**RESULT, "outputs": {"out": np.zeros(4 << 20)}}
    with pytest.raises(frames.FrameError):
        received(*[large] * 3)
    assert len(received(*[large] * 3, largest=192 << 20)) == 3


def test_what_confines_a_worker_is_said_before_its_code_runs():
    with pytest.raises(frames.FrameError, match="wrong place"):
        received({"kind": "loading"}, {"kind": "confined", "limits": {"files": "locked"}})


def test_integers_and_texts_that_nothing_can_hold_are_named():
    (message,) = received({**RESULT, "outputs": {"out": 10**5_000, "big": 2**64 - 1, "text": "a\ud800"}})
    assert isinstance(message["outputs"]["out"], frames.Other)
    assert message["outputs"]["big"] == 2**64 - 1
    assert message["outputs"]["text"].encode()


def test_mutated_messages_are_read_or_refused():
    draw = np.random.default_rng(0)
    answers = {
        "out": np.ones((3, 4)),
        "dx": np.arange(5),
        "grads": {"W1": np.zeros(2, np.float32)},
        "loss": 1.5,
        "more": [1, None, "a", True],
    }
    messages = [{**RESULT, "outputs": answers, "changed": {"x": "f"}}, {"kind": "failed to load", "error": ERROR}]
    sound = [frames.pack(message, NONCE) for message in messages]
    refused = 0
    for number in range(4_000):
        data = bytearray(sound[number % 2])
        for place in draw.integers(len(data) - 20, size=draw.integers(1, 4)):
            kind, other = draw.integers(3), int(draw.integers(256))
            if kind == 0:
                data[place] = other
            elif kind == 1:
                data.insert(place, b'[]{}",:0-9eE'[other % 12])
            else:
                del data[place : place + 1 + other % 4]
        try:
            received(bytes(data))
        except frames.FrameError:
            refused += 1
    assert refused > 1_000


# Links, and what else is no plain file.


def test_no_symbolic_link_is_followed(tmp_path):
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "layers.py").write_text(RELU)
    file, folder = tmp_path / "link.py", tmp_path / "cs231n"
    file.symlink_to(tmp_path / "bob" / "layers.py")
    folder.symlink_to(tmp_path / "bob")
    for path in (file, folder / "layers.py"):
        with pytest.raises(CheckError, match="is a symbolic link, which the checker does not follow"):
            pellucid.check(path)


def test_a_link_inside_a_package_is_not_read_and_that_is_said(tmp_path):
    (tmp_path / "secret.py").write_text("SECRET = 42\n")
    package = tmp_path / "cs231n"
    package.mkdir()
    (package / "layers.py").write_text(RELU)
    (package / "secret.py").symlink_to(tmp_path / "secret.py")
    submission = read_submission(package / "layers.py", PACK)
    assert list(submission.files) == ["cs231n/layers.py"]
    report = pellucid.check(package / "layers.py")
    assert any(h.id == "not-read" and "secret.py" in h.detail for h in report.functions[0].hazards)


def test_a_class_whose_folder_has_the_packages_name_is_not_one_package(tmp_path):
    for name in ("ann", "bob"):
        (tmp_path / "cs231n" / name).mkdir(parents=True)
        (tmp_path / "cs231n" / name / "__init__.py").write_text("")
        (tmp_path / "cs231n" / name / "layers.py").write_text(RELU)
    path = tmp_path / "cs231n" / "ann" / "layers.py"
    files = read_submission(path, PACK, within=tmp_path / "cs231n").files
    assert not any("bob" in file for file in files)


def test_a_pipe_and_a_huge_file_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    with open(tmp_path / "huge.py", "wb") as file:
        file.truncate(40 << 30)
    for name, reason in (("pipe.py", "PATH must be|named pipe"), ("huge.py", "larger than 2 MiB")):
        with pytest.raises(CheckError, match=reason):
            pellucid.check(tmp_path / name)


# Time is linear.


def seconds(work, text):
    best = np.inf
    for _ in range(2):
        start = time.thread_time()
        work(text)
        best = min(best, time.thread_time() - start)
    return best


SOURCES = {
    "blank lines": lambda n: "\n" * n + "from . import a\n",
    "spaces": lambda n: "print a" + " " * n + "b\n",
    "spaces after print": lambda n: "print" + " " * n + "(\n",
    "tabs": lambda n: "\t" * (n // 8) + "print x\n",
    "old names": lambda n: "x = xrange(3)\n" * (n // 20),
    "functions": lambda n: "".join(f"def f{i}(x): return x\n" for i in range(n // 40)),
    "statements": lambda n: "def f(x):\n" + "    y = x\n" * (n // 20),
    "digits": lambda n: "x = " + "0" * n + "z\n",
    "parentheses": lambda n: "print" + "()" * (n // 2) + "\n",
    "backticks": lambda n: "x = " + "`a" * (n // 2) + "\n",
}


def everything(text):
    source = source_of(text)
    {name: source.docstring(name) for name in source.names()}
    source.likely_line("f", "y = 2 * x", "y")
    repair.looks_like_python2(text)
    repair.repaired_source(text)
    repair.used_old_names(text)
    outline.outline_of_notebook(json.dumps({"cells": [{"cell_type": "code", "source": text}]}))
    from pellucid.checker.reading.submission import _place

    _place("layers.py", text, PACK)


@pytest.mark.parametrize("kind", SOURCES)
def test_reading_takes_time_in_proportion_to_the_text(kind):
    """Eight times the text: eight times as long, where quadratic work would take 64 times as long."""
    short, long = (seconds(everything, SOURCES[kind](n)) for n in (6_250, 50_000))
    assert long < 24 * short + 0.3


FRAGMENTS = [
    *"()[]{}`#'\"\\=,:-@%\n\t\x00\x0c\r\ud800\u2028é",
    *(
        "\n    ",
        "def ",
        "class ",
        "print ",
        "lambda x:",
        "not ",
        "import ",
        "raise E, ",
        "except E, e:",
        "<>",
        "0777",
        "ur'a'",
    ),
]


def test_mutated_sources_are_read_in_time():
    draw = np.random.default_rng(0)
    sound = REFERENCE.text
    for _ in range(200):
        start = int(draw.integers(len(sound) // 2))
        text = list(sound[start : start + 3_000])
        for place in draw.integers(2_000, size=int(draw.integers(1, 20))):
            text[place : place + int(draw.integers(3))] = [FRAGMENTS[draw.integers(len(FRAGMENTS))]]
        begin = time.thread_time()
        everything("".join(text))
        assert time.thread_time() - begin < 2


# Sources that the parser cannot take.

PATHOLOGICAL = {
    "minus signs": "x = " + "-" * 100_000 + "1\n",
    "attributes": "x" + ".a" * 50_000 + "\n",
    "sums": "x = " + "1+" * 50_000 + "1\n",
    "brackets": "x = " + "[" * 5_000 + "]" * 5_000 + "\n",
    "digits": "x = " + "1" * 5_000 + "\n",
    "a default that cannot be written": "def f(x=[0x" + "f" * 20_000 + "]): return x\n",
    "nested ifs": "".join(" " * n + "if x:\n" for n in range(99)) + " " * 99 + "pass\n",
    "no text": "\x01\x02",
    "half a pair": "x = '\ud800'\n",
    "too many words": "a;" * 200_000,
}


@pytest.mark.parametrize("kind", PATHOLOGICAL)
def test_a_source_that_the_parser_cannot_take_gets_a_verdict_or_a_reason(tmp_path, kind):
    text = PATHOLOGICAL[kind]
    source = source_of(text if kind != "too many words" else "")
    for name in ("f", "relu_forward"):
        source.is_stub(name), source.shared_defaults(name), source.likely_line(name, "x = 1", "out")
    if kind == "too many words":
        with pytest.raises(CheckError, match="more than 200000 words and signs"):
            checked(tmp_path, text + RELU)
        return
    report = checked(tmp_path, text + RELU, timeout=5)
    assert report.functions[0].name == "relu_forward"
    assert not any(cause.id == "not-judged" for cause in report.functions[0].causes)
    assert str(report)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "3",
        '{"cells": 3}',
        '{"cells": [3]}',
        '{"cells": [{"cell_type": "code", "source": [1]}]}',
        "[" * 99_999,
    ],
)
def test_a_broken_notebook_is_called_one(text):
    assert outline.outline_of_notebook(text) == {"problem": "not a readable notebook"}


# Text of others.


def test_text_of_others_cannot_steer_a_terminal():
    assert printable("\x1b[2Ja\u202eb\rc\nd\x9b\ud800é") == "\\x1b[2Ja\\u202eb\\rc d\\x9b\\ud800é"


@pytest.mark.parametrize("form", ["text", "json", "html", "junit", "gradescope"])
def test_escape_codes_and_markup_are_shown_as_they_are(tmp_path, form):
    path = tmp_path / "layers.py"
    path.write_text("def relu_forward(x):\n    raise ValueError('[/red]<b>\\x1b[2J\\x00\\ud800\\u202e]]>')\n")
    code, text, err = in_process("check", path, "--format", form)
    assert code == 1
    assert err == ""
    assert not {"\x1b", "\x00", "\u202e"} & set(text)
    if form == "junit":
        assert "[/red]<b>" in ElementTree.fromstring(text).find(".//failure").get("message")
    elif form == "html":
        assert "[/red]&lt;b&gt;" in text
    else:
        assert "[/red]<b>" in text


# Where a report goes.


def test_a_report_that_cannot_be_written_is_said_before_or_in_one_line(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(RELU)
    long = command(path, "--out", tmp_path / ("r" * 300))
    assert long.returncode == 2
    assert b"cannot be written: File name too long" in long.stderr
    fits = tmp_path / ("r" * 255)
    assert command(path, "--out", fits).returncode == 0
    assert fits.exists()
    assert not list(tmp_path.glob(".pellucid*"))
    plain = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    foreign = tmp_path / "é"
    foreign.mkdir()
    (foreign / "layers.py").write_text(RELU)
    done = command(foreign / "layers.py", env=plain)
    assert (done.returncode, done.stderr) == (0, b"")
    done = command(path, "--out", tmp_path / "é.txt", env=plain)
    assert done.returncode in (0, 2)
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_standard_output_that_is_full_or_closed(tmp_path, form):
    path = tmp_path / "layers.py"
    path.write_text(RELU)
    for redirection, code in ((">/dev/full", 1), (">&-", 2), ("2>&-", 0)):
        words = f"{sys.executable} -m pellucid check {path} --format {form} {redirection}"
        done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, timeout=120)
        assert done.returncode == code, (redirection, done.stderr)
        assert len(done.stderr.splitlines()) == (code > 0), done.stderr


def test_a_pack_that_ends_python_is_refused(tmp_path):
    path = tmp_path / "pack.py"
    path.write_text("raise SystemExit(0)\n")
    with pytest.raises(PackError, match="the pack cannot be run: SystemExit"):
        load_pack(path)


# A class.

FORGE = """
import json, struct, sys
def send(header, body=b""):
    frame = sys._getframe()
    while "nonce" not in frame.f_locals:
        frame = frame.f_back
    header = json.dumps(header).encode()
    frame.f_locals["write"](struct.pack("<4s16sIQ", b"PLC1", frame.f_locals["nonce"], len(header), len(body)) + header + body)
def relu_forward(x):
    send(MESSAGE)
    return x, x
"""


def hostile(folder):
    """Write ten hostile submissions, each into a folder of its own; return those that must be reported without a verdict."""
    folders = {}

    def place(name):
        folder_of = folder / os.fsdecode(name)
        folder_of.mkdir()
        folders[os.fsdecode(name)] = folder_of
        return folder_of / "layers.py"

    place("h-link").symlink_to(folder / "s00" / "layers.py")
    (place("h-folder").parent / "code").symlink_to(folder / "s00")
    os.mkfifo(place("h-pipe"))
    with open(place("h-sparse"), "wb") as file:
        file.truncate(40 << 30)
    deep = place("h-deep").parent
    for _ in range(300):
        deep = deep / "d"
        deep.mkdir()
    place("h-parser").write_text("x = " + "-" * 100_000 + "1\n" + RELU)
    (place("h-notebook").parent / "layers.ipynb").write_text("[" * 100_000)
    deletes = "import glob, os\ndef relu_forward(x):\n    for f in glob.glob('*'): os.remove(f)\n    return x, x\n"
    place("h-deletes").write_text(deletes)
    place("h-number").write_text("def relu_forward(x):\n    return 10 ** 5000, x\n")
    wrong_fields = '{"dict": [["kind", "result"], ["number", 0], ["outputs", {"list": [1]}], ["seconds", "x"]]}'
    place("h-forger").write_text(FORGE.replace("MESSAGE", wrong_fields))
    place(b"h-\x1b[31m\xff").write_text(WRONG_RELU + "    # \x1b[2J\n")
    place("h-markup").write_text("def relu_forward(x):\n    raise ValueError('[/red]\\x1b[2J\\x00\\ud800')\n")
    return {"h-link", "h-folder", "h-pipe", "h-sparse", "h-deep", "h-notebook"}, len(folders)


def test_a_class_with_hostile_submissions_is_graded_to_the_end_in_all_formats(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(8):
        (folder / f"s{number:02}").mkdir()
        (folder / f"s{number:02}" / "layers.py").write_text(RELU if number % 2 else WRONG_RELU)
    without_verdict, count = hostile(folder)
    outputs = {}
    for form in ("json", "text", "html", "junit", "gradescope"):
        code, outputs[form], err = in_process(
            "check", folder, "--format", form, "--resume", tmp_path / "state", "--timeout", 10
        )
        assert code == 1, err
        told = [line for line in err.splitlines() if not line.startswith("checked files: ")]  # that is progress
        assert told == [], form
        assert not {"\x1b", "\x00"} & set(outputs[form])
    files = {file["file"].split("/")[0]: file for file in json.loads(outputs["json"])["files"]}
    assert len(files) == 8 + count
    for name, file in files.items():
        verdicts = [function["verdict"] for function in file["functions"]]
        if name in without_verdict:
            assert verdicts == []
            assert file["error"]
        elif name.startswith("s"):
            assert verdicts == ["correct" if int(name[1:]) % 2 else "wrong"]
        else:
            assert verdicts[0] in ("wrong", "crashes"), name
    suites = {s.get("name").split("/")[0]: s for s in ElementTree.fromstring(outputs["junit"]).findall("testsuite")}
    assert suites.keys() == files.keys()
    assert all(
        (int(suites[name].get("failures")) == 0) == (name[0] == "s" and int(name[1:]) % 2 == 1) for name in suites
    )
    graded = json.loads(outputs["gradescope"])
    assert sum(test["max_score"] for test in graded["tests"]) == 1  # a class is no submission: a function counts once
    for name in without_verdict:
        for form in ("text", "html", "junit", "gradescope"):
            assert name in outputs[form]
    assert outputs["html"].count("is a symbolic link, which the checker does not follow") == 2


def test_an_error_of_the_checkers_own_is_one_functions_alone(tmp_path, monkeypatch):
    def fails(function, *arguments, **settings):
        if settings["name"] == "relu_forward":
            raise MemoryError("no room")
        return check_function(function, *arguments, **settings)

    from pellucid.checker import check_file

    check_function = check_file.check_function
    monkeypatch.setattr(check_file, "check_function", fails)
    text = RELU + "def sgd(w, dw, config=None):\n    return w - config['learning_rate'] * dw, config\n"
    functions = {f.name: f for f in checked(tmp_path, text).functions}
    assert functions["sgd"].verdict != "crashes"
    assert "could not be judged: MemoryError: no room" in functions["relu_forward"].causes[0].title
