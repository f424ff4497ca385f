"""The pack's layers are lent: a learner's code gets what they return, and nothing of how they are written."""

import time
from dataclasses import replace

import numpy as np
import pytest

import pellucid
from pellucid.checker.running.job import Job, Lent, Limits
from pellucid.checker.running.pack_layers import containing, lent_source
from pellucid.checker.running.sandbox import run_job

from .planting import PACK, REFERENCE

SECONDS = 60.0  # generous: the tests run on busy machines
LAYERS = '''
import os
import numpy as np

def double(x):
    """SECRET-DOC"""
    scale = 2.0  # SECRET-COMMENT
    note = "SECRET-CONSTANT"
    return scale * x

def forward(x, w, param=None):
    return x @ w, (x, w, {"mode": "train", "size": (2, 3), "none": None})

def backward(dout, cache):
    x, w, more = cache
    assert isinstance(cache, tuple) and isinstance(more["size"], tuple) and more["none"] is None
    return dout @ w.T, x.T @ dout

def norm(x, param):
    param["mean"] = param.get("mean", 0) * 0.9 + 0.1 * x.mean(axis=0)
    param["counts"] += 1
    return x - x.mean(axis=0)

def fails(x):
    raise IndexError("index 3 is out of bounds")

def fails_oddly(x):
    class Odd(Exception): pass
    raise Odd("words")

def needs(x):
    return np.zeros(int(x), dtype=np.int8)

def dies(x):
    os._exit(1)

def hangs(x):
    while True: pass

def _private(x):
    return x
'''
NAMES = ["double", "forward", "backward", "norm", "fails", "fails_oddly", "needs", "dies", "hangs"]


def answer(body, *, limits=None, files=None):
    """What f(x) of a submission gives that has the layers by `from layers import *`: lent, or among its own files."""
    text = "import numpy as np\nfrom layers import *\nimport layers\ndef f(x):\n" + "".join(
        f"    {line}\n" for line in body
    )
    step = {"do": "call", "function": "f", "args": [{"$": ["x"]}], "unpack": ["out"]}
    case = {"values": {"x": np.ones((2, 3))}, "steps": [step], "outputs": {"out": ["out"]}}
    lent = {} if files else {"layers.py": Lent(LAYERS, NAMES)}
    job = Job({"a.py": text, **(files or {})}, "a", ["f"], [case], lent=lent)
    result = run_job(job, limits or Limits(SECONDS))
    assert result.load_error is None, result.load_error
    return result.answers[0]


def test_values_come_as_the_layer_returns_them():
    body = ["out, cache = forward(x, w=2 * np.ones((3, 4)))", "dx, dw = backward(np.ones((2, 4)), cache)"]
    out = answer([*body, "return out.sum() + dx.sum() + dw.sum() + double(1.5)"])["outputs"]["out"]
    assert out == 2 * 4 * 6 + 6 * 8 + 12 * 2 + 3.0


def test_a_dictionary_that_a_layer_changes_is_changed_for_its_caller():
    body = ["param = {'mode': 'train', 'counts': np.zeros(2), 'mine': lambda: 1}", "kept = param['mine']"]
    body += [
        "norm(x, param)",
        "norm(2 * x, param)",
        "assert param['mine'] is kept",
        "return param['mean'][0] + param['counts'][1]",
    ]
    assert answer(body)["outputs"]["out"] == pytest.approx(0.1 * 0.9 + 0.2 + 2)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        ("fails(x)", "IndexError", "index 3 is out of bounds"),
        ("fails_oddly(x)", "LentError", "Odd: words"),
        ("forward(x)", "TypeError", "missing 1 required positional argument"),
        ("needs(10**13)", "MemoryError", ""),
        ("dies(x)", "RuntimeError", "the layer needed too much memory or time"),
    ],
)
def test_what_a_layer_raises_is_raised_where_it_was_called(call, kind, words):
    error = answer([f"return {call}"])["error"]
    assert (error["type"], error["file"], error["function"], error["line"]) == (kind, "a.py", "f", 5)
    assert words in error["message"]


def test_a_layer_that_ended_answers_no_more():
    body = [
        "for call in (dies, double):",
        "    try:",
        "        call(x)",
        "    except RuntimeError:",
        "        x = x + 1",
        "return x",
    ]
    np.testing.assert_array_equal(answer(body)["outputs"]["out"], np.full((2, 3), 3.0))


def test_a_layer_that_hangs_takes_no_longer_than_the_limit():
    start = time.monotonic()
    error = answer(["return hangs(x)"], limits=Limits(2.0))["error"]
    assert error["message"].startswith("did not end within 2 s") or "too much memory or time" in error["message"]
    assert time.monotonic() - start < SECONDS


SPY = """
import gc, sys, inspect, traceback, types
MARK, found = '-'.join(['SECRET', '']), []
def look(value, depth=0):
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else value.decode('latin-1')
        if MARK in text and text != MARK:
            found.append(text)
    elif isinstance(value, types.CodeType):
        [look(item, depth + 1) for item in (*value.co_consts, value.co_code, value.co_filename)]
    elif isinstance(value, (dict, list, tuple, set)) and depth < 4:
        [look(item, depth + 1) for item in (value.values() if isinstance(value, dict) else list(value))]
for call in (double, fails):
    look(call.__code__), look(call.__doc__), look([cell.cell_contents for cell in call.__closure__ or ()])
    try:
        look(inspect.getsource(call))
    except (OSError, TypeError):
        pass
try:
    fails(x)
except IndexError as error:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        look(frame.f_code), look(dict(frame.f_locals))
for thing in gc.get_objects():
    if isinstance(thing, (dict, list, tuple)):
        look(thing)
    elif isinstance(thing, types.FunctionType):
        look(thing.__code__)
look([getattr(finder, 'files', {}) for finder in sys.meta_path])
return np.full(3, float(len(found)))
"""


def test_the_source_of_a_layer_is_nowhere_in_the_process_that_calls_it():
    lent, held = answer(SPY.strip().splitlines()), answer(SPY.strip().splitlines(), files={"layers.py": LAYERS})
    np.testing.assert_array_equal(lent["outputs"]["out"], np.zeros(3))
    assert held["outputs"]["out"][0] > 3  # where it is, this spy finds it


def test_only_lent_functions_can_be_called():
    """The code finds the way past the functions that it was given."""
    body = ["ask = next(c.cell_contents for c in double.__closure__ if callable(c.cell_contents))", "kinds = []"]
    body += [
        "for place, name in (('layers.py', '_private'), ('layers.py', 'os'), ('os.py', 'getcwd'), ('layers.py', '__doc__')):"
    ]
    body += ["    call = {'kind': 'call', 'place': place, 'name': name, 'args': [], 'keywords': {}}"]
    body += ["    kinds.append(ask(call)['error']['type'] == 'LookupError')", "return np.array(kinds)"]
    assert answer(body)["outputs"]["out"].tolist() == [True] * 4


def test_calls_without_end_that_nobody_reads_the_answers_of_end_with_the_time():
    body = ["ask = next(c.cell_contents for c in double.__closure__ if callable(c.cell_contents))"]
    body += ["send = next(c.cell_contents for c in ask.__closure__ if callable(c.cell_contents))"]
    body += [
        "call = {'kind': 'call', 'place': 'layers.py', 'name': 'double', 'args': [np.zeros(10000)], 'keywords': {}}"
    ]
    body += ["while True: send(call)"]
    start = time.monotonic()
    assert "did not end within 2 s" in answer(body, limits=Limits(2.0))["error"]["message"]
    assert time.monotonic() - start < SECONDS


SECRET = replace(PACK, public=False)


def verdicts_on(pack, path):
    return {
        f.name: (f.verdict, f.passed, f.total, [c.id for c in f.causes])
        for f in pellucid.check(path, pack=pack).functions
    }


@pytest.mark.parametrize("name", ["two_layer_net", "sandwich", "backward"])
def test_a_secret_pack_gives_the_verdicts_of_a_public_one(tmp_path, name):
    """A network without its layers; a sandwich that is correct on layers that are not; a backward that borrows a forward."""
    sources = {
        "two_layer_net": "import numpy as np\nfrom cs231n.layers import *\n" + REFERENCE.sources["TwoLayerNet"],
        "sandwich": "import numpy as np\ndef affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w - b, (x, w, b)\n"
        "def relu_forward(x):\n    return np.maximum(0, x), x\n" + REFERENCE.sources["affine_relu_forward"],
        "backward": "import numpy as np\n" + REFERENCE.sources["affine_backward"],
    }
    path = tmp_path / "layers.py"
    path.write_text(sources[name])
    public, secret = verdicts_on(PACK, path), verdicts_on(SECRET, path)
    assert public == secret
    judged = {"two_layer_net": "TwoLayerNet", "sandwich": "affine_relu_forward", "backward": "affine_backward"}[name]
    assert secret[judged][0] == "correct" if name != "sandwich" else secret[judged][3] == ["follows-from-layers"]


def test_only_a_public_pack_is_loaded_beside_a_submission(tmp_path):
    """The submission says what the worker holds."""
    path = tmp_path / "layer_utils.py"
    path.write_text(
        "import sys\nfrom cs231n.layers import *\nheld = next(f.files for f in sys.meta_path if hasattr(f, 'files'))\n"
        "def affine_relu_forward(x, w, b):\n    raise ValueError('holds ' + str('def relu_' + 'forward' in str(held)))\n"
    )
    for pack, holds in ((PACK, True), (SECRET, False)):
        (function,) = pellucid.check(path, pack=pack).functions
        assert f"ValueError: holds {holds}" in str(function.failing[0].detail), pack.public


FINDS_ITSELF = """import gc, sys
import numpy as np
import cs231n.layers
def relu_forward(x):
    return np.maximum(1, x), x
def found():
    for place in [*sys.modules.values(), *gc.get_objects()]:
        other = place.__dict__.get("affine_relu_forward") if hasattr(place, "__dict__") else place
        if callable(other) and getattr(other, "__name__", "") == "affine_relu_forward" and other is not affine_relu_forward:
            yield other
    frame = sys._getframe()
    while frame is not None:
        for value in [*frame.f_locals.values()]:
            files = value.get("files") if isinstance(value, dict) else None
            for text in files.values() if isinstance(files, dict) else ():
                if "\\ndef affine_relu_forward" in text and "FINDS" not in text:  # FINDS: this file
                    space = {}
                    exec(text, space)
                    yield space["affine_relu_forward"]
        frame = frame.f_back
def affine_relu_forward(x, w, b):
    for other in found():
        return other(x, w, b)
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""


@pytest.mark.parametrize("is_public", [True, False])
def test_a_function_does_not_find_itself_among_the_pack_s_layers(tmp_path, is_public):
    """Not in modules, objects or frames: else it is called correct on the reference's layers, or at once."""
    path = tmp_path / "layer_utils.py"
    path.write_text(FINDS_ITSELF)
    report = pellucid.check(path, pack=PACK if is_public else SECRET, timeout=SECONDS)
    function = next(one for one in report.functions if one.name == "affine_relu_forward")
    assert function.verdict == "wrong"
    assert "follows-from-layers" not in [cause.id for cause in function.causes]


LAYERS_OF_A_PACK = '''import numpy as np

def first(x):
    """Text
at the margin of the page."""
    return x

def judged(x):
    return 1 + first(x)

@staticmethod
def judged__closed(
    x,
):
    return x + 1

def calls(x):
    def inner():
        return [judged(y) for y in x]
    return inner()

alias = judged
def last(x):
    return first(x)
'''


def test_what_is_judged_is_cut_with_its_forms_its_names_and_what_calls_it():
    own = frozenset({"judged"})
    assert containing(LAYERS_OF_A_PACK, own) == {"judged", "judged__closed", "calls", "alias"}
    lent, space = lent_source(LAYERS_OF_A_PACK, own), {}
    exec(lent.text, space)
    assert space.keys() & {"first", "judged", "judged__closed", "calls", "alias", "last"} == {"first", "last"}
    assert lent.names == ["first", "last"]
    assert not containing(lent.text, own)


def test_layers_that_cannot_be_cut_are_lent_whole_and_the_judged_function_is_not():
    """A statement at the top of a source that gives no name a value needs the function."""
    text = LAYERS_OF_A_PACK + "judged.note = 1\n"
    lent = lent_source(text, frozenset({"judged"}))
    assert lent.text == text
    assert lent.names == ["first", "last"]
    assert containing(lent.text, frozenset({"judged"}))  # so a public pack's are not loaded beside the submission


@pytest.mark.parametrize("name", [function.name for function in PACK.functions])
def test_every_function_of_the_pack_can_be_cut(name):
    (paths,) = {tuple(paths) for paths in PACK.stand_ins.values()}
    own = frozenset({name, *PACK.function(name).aliases})
    lent, space = lent_source("\n".join(path.read_text() for path in paths), own), {}
    exec(lent.text, space)
    assert not own & space.keys()
    assert not containing(lent.text, own)


def test_the_judged_function_itself_is_not_lent(tmp_path):
    text = "import cs231n.layers as layers\naffine_relu_forward = layers.affine_relu_forward\n"
    path = tmp_path / "layer_utils.py"
    path.write_text(text)
    (function,) = pellucid.check(path, pack=SECRET).functions
    assert function.verdict == "crashes"


NAMES_OF_THE_JUDGED = """
from functools import partial
from typing import Any
by_type: Any = judged
by_call = partial(judged)
by_lambda = lambda x: judged(x)  # said so
one = two = (
    judged
)
@staticmethod
def decorated(x):
    return by_call(x)
if first:
    by_condition = judged
else:
    by_condition = judged
other = lambda x: first(x)
of_other = partial(other)
"""


def test_other_names_of_the_judged_function_are_found_however_they_are_made():
    text, own = LAYERS_OF_A_PACK + NAMES_OF_THE_JUDGED, frozenset({"judged"})
    contained = {"by_type", "by_call", "by_lambda", "one", "two", "decorated", "by_condition"}
    assert containing(text, own) >= contained
    assert {"first", "other", "of_other"} <= set(lent_source(text, own).names)
    assert not contained & set(lent_source(text, own).names)


def test_a_source_with_other_names_is_cut_so_that_it_runs():
    text, space = LAYERS_OF_A_PACK + NAMES_OF_THE_JUDGED.replace("if first:", "if True:"), {}
    text = text.replace("else:\n    by_condition = judged\n", "")
    exec(lent_source(text, frozenset({"judged"})).text, space)
    assert space["of_other"](3) == 3
    assert not {"judged", "by_type", "by_call", "two", "decorated", "by_condition"} & space.keys()


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("name", ["relu_backward", "relu_backward__closed", "another_name"])
def test_a_lent_forward_brings_no_backward_with_it(tmp_path, is_public, name):
    """The source to lend is a whole file; a submission takes the backward from it."""
    backward = REFERENCE.forms("relu_backward")[""]
    lend = "import numpy as np\n" + REFERENCE.forms("relu_forward")[""] + "\n" + backward + "\n"
    lend += backward.replace("def relu_backward", "def relu_backward__closed") + "\nanother_name = relu_backward\n"
    functions = [replace(f, lend=lend) if f.name == "relu_backward" else f for f in PACK.functions]
    path = tmp_path / "layers.py"
    path.write_text(
        f"from lent_forward import {name} as theirs\ndef relu_backward(dout, cache):\n    return theirs(dout, cache)\n"
    )
    pack = replace(PACK, public=is_public, functions=functions)
    (function,) = pellucid.check(path, pack=pack, timeout=SECONDS, only=["relu_backward"]).functions
    assert function.verdict == "crashes"
    path.write_text("import numpy as np\n" + backward)  # which still gets its forward
    (function,) = pellucid.check(path, pack=pack, timeout=SECONDS, only=["relu_backward"]).functions
    assert function.verdict == "correct"
