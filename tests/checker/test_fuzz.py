"""Fuzzed messages of a worker, and fuzzed sources: read or refused, in bounded time and memory, and never a traceback.

By default a sample with fixed seeds; `pytest -m slow` takes all: 10,000 messages, 1,000 sources.
"""

import io
import json
import time
import tracemalloc

import msgspec
import numpy as np
import pytest

from pellucid.checker.check_folder import check_folder
from pellucid.checker.check_function import check_function
from pellucid.checker.packs import load_pack
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.reading.submission import read_submission
from pellucid.checker.request import request_for
from pellucid.checker.running.job import Job, JobResult, Limits
from pellucid.checker.running.messages import Messages
from pellucid.checker.running.outlines import PACKAGE, code_of_worker, read_outline
from pellucid.checker.running.sandbox import Workers, _collect
from pellucid.checker.running.worker import frames

from .pathological import FAMILIES, as_bytes
from .planting import REFERENCE, cases_of, results_with, source_of

NONCE = bytes(16)
PACK = load_pack("cs231n-a2")
FUNCTION = PACK.function("relu_forward")
CASES = cases_of(FUNCTION)
ERROR = {"type": "ValueError", "message": "m", "line": 3, "file": "a.py", "function": "f", "entered": "f"}
PLENTY = 60.0  # seconds for what takes milliseconds: a hang, not a slow machine


def sound_messages():
    """What a worker sends for a correct function, one of its answers an error."""
    results = results_with(REFERENCE.namespace, CASES)
    results[1] = {"error": ERROR, "seconds": 0.0}
    start = [
        {"kind": "confined", "limits": {"files": "Landlock", "missing": "", "lacks": ""}},
        {"kind": "loading"},
        {"kind": "loaded", "functions": ["relu_forward"], "stubbed": []},
        {
            "kind": "call",
            "place": "layers.py",
            "name": "f",
            "args": [np.ones(3), {"a tuple": [1]}],
            "keywords": {"x": None},
        },
    ]
    middle = [
        [{"kind": "case", "number": n}, {"kind": "result", "number": n, "peak": 0, **result}]
        for n, result in results.items()
    ]
    return [*start, *(message for pair in middle for message in pair), {"kind": "done"}]


def parts(message):
    """A message's header as a value, and its body."""
    data = frames.pack(message, NONCE)
    size = frames.HEAD.unpack(data[: frames.HEAD.size])[2]
    return json.loads(data[frames.HEAD.size :][:size]), data[frames.HEAD.size + size :]


def whole(header, body, *, lie=0):
    header = json.dumps(header).encode()
    return frames.HEAD.pack(frames.MAGIC, NONCE, max(0, len(header) + lie), len(body)) + header + body


HOSTILE = [
    None, True, -1, 2**63, 2**200, 10**4_000, 1e308, float("nan"), float("-inf"), "", "a" * 30_000, "\ud800", "\x1b[2J[/red]<b>",
    [], {}, [[]], {"list": []}, {"dict": []}, {"dict": [["a"]]}, {"array": []}, {"array": ["<f8", [2**40], 0]},
    {"array": ["<f8", [-1], 0]}, {"array": ["<f8", [0, 2**48, 2**48], 0]}, {"array": ["<f4", [1] * 32, 0]},
    {"array": ["|O", [1], 0]},
    {"array": ["<U9", [1], 0]}, {"array": ["|b1", [3], 0]}, {"array": ["<c16", [], 0]}, {"other": "x"}, {"other": {"other": 1}},
    {"pickle": "x"}, "NotAskedError", "Death", "not_asked", {"list": [{"list": [{"list": [0]}]}] * 50},
]  # fmt: skip


def places(value, path=()):
    """The path of every value inside a header."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(draw, header):
    """A header with something hostile in place of one of its values, or without it, or with it twice."""
    header = json.loads(json.dumps(header))
    found = [path for path in places(header) if path]
    *before, last = found[draw.integers(len(found))]
    holder = header
    for key in before:
        holder = holder[key]
    kind = draw.integers(4)
    if kind == 0:
        del holder[last]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(last, holder[last])
    elif kind == 2 and isinstance(holder, dict):
        holder[("dict", "list", "array", "other", "x")[draw.integers(5)]] = holder.pop(last)
    else:
        holder[last] = HOSTILE[draw.integers(len(HOSTILE))]
    return header


def mutated(draw, sound):
    """A worker's messages, one or two of them changed: its values, its bytes, its length, or its place."""
    stream = [frames.pack(message, NONCE) for message in sound]
    for _ in range(int(draw.integers(1, 3))):
        number = int(draw.integers(len(sound)))
        kind = draw.integers(5)
        if kind <= 1:
            header, body = parts(sound[number])
            stream[number] = whole(changed(draw, header), body if draw.integers(8) else body[:-3])
        elif kind == 2:
            data = bytearray(stream[number])
            for place in draw.integers(len(data), size=draw.integers(1, 4)):
                data[place] = draw.integers(256)
            stream[number] = bytes(data)
        elif kind == 3:
            header, body = parts(sound[number])
            stream[number] = whole(header, body, lie=int(draw.integers(-9, 1 << int(draw.integers(1, 30)))))
        else:
            stream[number:number] = [stream[draw.integers(len(stream))]]
    return b"".join(stream)


def collected(data):
    """What the parent makes of a worker's messages."""
    result, state = JobResult(), {"current": None, "ended": False, "broken": ""}
    calls = []
    _collect(Messages(io.BytesIO(data), NONCE, 64 << 20), result, state, calls.append)
    for call in calls:  # as it goes on to the worker that answers it
        frames.pack(call, NONCE)
    return result, state


def test_the_messages_that_are_mutated_are_sound():
    result, state = collected(b"".join(frames.pack(message, NONCE) for message in sound_messages()))
    assert state == {"current": None, "ended": True, "broken": ""}
    assert len(result.answers) == len(CASES)
    report = check_function(FUNCTION, REFERENCE, CASES, result.answers, source_of("")).report
    assert report.verdict == "wrong"
    assert report.passed == report.total - 1


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_messages_are_collected_or_refused(count):
    sound, outcomes = sound_messages(), {"refused": 0, "complete": 0, "incomplete": 0}
    for seed in range(count):
        data = mutated(np.random.default_rng(seed), sound)
        start = time.monotonic()
        result, state = collected(data)
        assert time.monotonic() - start < PLENTY, seed
        for number, answer in result.answers.items():
            assert ("error" in answer) != ("outputs" in answer), seed
            assert type(number) is int
        is_complete = set(result.answers) >= set(range(len(CASES)))
        outcomes["refused" if state["broken"] else "complete" if is_complete else "incomplete"] += 1
        if is_complete and seed % 10 == 0:  # judging takes longer than reading
            report = check_function(FUNCTION, REFERENCE, CASES, result.answers, source_of(""), seconds=0.01).report
            assert report.total <= len(CASES)
            assert str(report)
    assert min(outcomes.values()) > count / 50, outcomes


LARGE = {
    "objects": b'{"a":1},' * 1_000_000,
    "empty objects": b"{}," * 2_700_000,
    "lists": b"[]," * 2_700_000,
    "numbers": b"1," * 4_000_000,
    "texts": b'"ab",' * 1_600_000,
    "keys": b"".join(b'"%d":0,' % n for n in range(700_000)),
    "depth": b"[" * 8_000_000,
    "depth of objects": b'{"list":[' * 800_000,
    "one integer": b"1" * 8_000_000,
    "one text": b'"' + b"\\u0041" * 1_300_000 + b'",',
    "dictionaries": b'{"dict":[["a",0]]},' * 400_000,
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_header_needs_little_memory(kind):
    """Eight MB as they can be sent: decoding a million objects would take hundreds."""
    inside = LARGE[kind][: 8 << 20]
    for header in (b'{"list":[' + inside.rstrip(b",") + b"]}", b'{"dict":[["kind",' + inside.rstrip(b",") + b"]]}"):
        data = frames.HEAD.pack(frames.MAGIC, NONCE, len(header), 0) + header
        tracemalloc.start()
        try:
            _, state = collected(data)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert state["broken"]
        assert peak < 250 << 20


# Sources.

LIMIT = 10.0  # seconds that a worker has for reading one
LONGEST = 30_000  # characters


@pytest.fixture(scope="module")
def workers():
    with Workers(Limits(LIMIT)) as made:
        yield made


def source_number(number):
    """The family, and a source of it; sizes from 10 characters to the longest, as many small ones as large ones."""
    draw = np.random.default_rng(number)
    family = list(FAMILIES)[number % len(FAMILIES)]
    return family, as_bytes(FAMILIES[family](draw, int(10 ** draw.uniform(1, np.log10(LONGEST)))))


def submitted(path):
    """The source that is read of a file, or why it is refused."""
    try:
        submission = read_submission(path, PACK)
    except SubmissionError as error:
        return "", str(error)
    return submission.files[submission.main], ""


def problem_of(source):
    """Everything that is asked of a source's record; why there is none."""
    for name in ("f", "relu_forward", *source.names()[:3]):
        source.is_stub(name), source.docstring(name), source.shared_defaults(name), source.fills(name, "params")
        line = source.likely_line(name, "out = x * mask / (1 - p) + y.mean(axis=0)", "out, cache")
        assert isinstance(source.line(line), str)
    return source.problem


TOGETHER = 25  # sources read by one worker: starting one for each takes longer than reading


def read_together(texts, workers):
    """The records of sources, from one worker; None for those after which it ended, or whose record is refused."""
    step = {"do": "call", "function": "outline", "args": [{"$": ["text"]}], "unpack": ["source"]}
    cases = [{"values": {"text": text}, "steps": [step], "outputs": {"source": ["source"]}} for text in texts]
    answers = workers.run(Job({}, f"{PACKAGE}.outline", ["outline"], cases, compiled=code_of_worker())).answers
    for number in range(len(texts)):
        try:
            yield msgspec.convert(answers[number]["outputs"]["source"], LearnerSource)
        except (KeyError, msgspec.ValidationError):
            yield None


@pytest.mark.parametrize("count", [len(FAMILIES), pytest.param(1_000, marks=pytest.mark.slow)])
def test_a_pathological_source_is_read_or_refused_in_time(tmp_path, workers, count):
    """Many by one worker; alone, with all of the limit, each that is not read so, and each notebook."""
    problems, waiting = [], []

    def alone(text, number, *, is_notebook=False):
        start = time.monotonic()
        problems.append(problem_of(read_outline(text, workers, is_notebook=is_notebook)))
        assert time.monotonic() - start < LIMIT + PLENTY, (source_number(number)[0], number)

    for number in range(count):
        family, data = source_number(number)
        path = tmp_path / ("layers.ipynb" if family == "notebooks" else "layers.py")
        path.write_bytes(data)
        text, refused = submitted(path)
        if refused:
            problems.append(refused)
        elif family == "notebooks":
            alone(text, number, is_notebook=True)
        else:
            waiting.append((text, number))
    for start in range(0, len(waiting), TOGETHER):
        part = waiting[start : start + TOGETHER]
        for source, (text, number) in zip(read_together([text for text, _ in part], workers), part, strict=True):
            if source is None:
                alone(text, number)
            else:
                problems.append(problem_of(source))
    assert len(problems) == count
    assert sum(map(bool, problems)) < count / 10, problems  # most are read; a crash or a limit is the exception


WHOLE = (*range(0, len(FAMILIES), 19), *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, len(FAMILIES), 6)))


@pytest.mark.parametrize("number", WHOLE)
def test_a_pathological_source_gets_a_verdict_or_a_reason(tmp_path, number):
    """A function of the course behind it, or in front of it, and everything that `check` does."""
    family, data = source_number(number)
    path = tmp_path / ("layers.ipynb" if family == "notebooks" else "layers.py")
    wrong = b"\nimport numpy as np\ndef relu_forward(x):\n    return np.maximum(1, x), x\n"
    path.write_bytes(data if family == "notebooks" else (data + wrong if number % 2 else wrong + data))
    start = time.monotonic()
    (report,) = check_folder(tmp_path, request_for(timeout=5, only=["relu_forward"]))
    assert time.monotonic() - start < 5 + 2 * PLENTY
    assert "the checker's own error" not in report.error
    assert not any(cause.id == "not-judged" for function in report.functions for cause in function.causes)
    assert report.functions or report.error
    assert str(report)
