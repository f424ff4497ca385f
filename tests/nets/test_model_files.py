"""Networks from files: what a TOML file and a Python function mean, and that each mistake is one line that names its line."""

import textwrap

import numpy as np
import pytest

from pellucid.layers import DESCRIPTIONS
from pellucid.nets import (
    Add,
    Affine,
    Conv,
    Dropout,
    Flatten,
    Input,
    MaxPool,
    ModelFile,
    Network,
    ReLU,
    Residual,
    StorageError,
)
from pellucid.shapes import ShapeError

LIST = """
[[layer]]
kind = "conv"
filters = 8
kernel = [3, 1]

[[layer]]
kind = "residual"
[[layer.body]]
kind = "re-lu"
[[layer.body]]
kind = "Conv2d"
filters = 8
kernel = 1

[[layer]]
kind = "max_pool"
size = 2

[[layer]]
kind = "flatten"

[[layer]]
kind = "dense"
out = "classes"
"""

GRAPH = """
[[layer]]
name = "first"
kind = "affine"
out = 4

[[layer]]
kind = "tanh"
name = "bent"

[[layer]]
call = "first"
name = "again"

[[layer]]
kind = "add"
inputs = ["again", "input", "bent"]

[[layer]]
kind = "affine"
out = "classes"
"""


def written(tmp_path, text, name="net.toml"):
    path = tmp_path / name
    path.write_text(textwrap.dedent(text))
    return path


def network(path, shape=(1, 8, 8), classes=10, function="", **options):
    return ModelFile(path, function).network(shape, classes, **options)


def test_a_list_of_layers(tmp_path):
    net = network(written(tmp_path, LIST), seed=3, init="xavier")
    expected = Network(
        [Conv(8, (3, 1)), Residual([ReLU(), Conv(8, 1)]), MaxPool(2), Flatten(), Affine(10)],
        (1, 8, 8),
        seed=3,
        init="xavier",
    )
    assert net.layers == expected.layers
    np.testing.assert_array_equal(net.params.flat, expected.params.flat)


def test_a_graph_with_a_layer_that_is_called_twice(tmp_path):
    net = network(written(tmp_path, GRAPH), shape=(4,), classes=3)
    assert [o.name for o in net.program.operations] == ["affine1", "tanh1", "affine1:2", "add1", "add2", "affine2"]
    assert [o.inputs for o in net.program.operations] == [(0,), (1,), (2,), (3, 0), (4, 2), (5,)]


@pytest.mark.parametrize("kind", sorted(set(DESCRIPTIONS) - {"Function", "NetworkGraph"}))
def test_every_layer_of_the_library_has_a_kind(tmp_path, kind):
    """Whatever is wrong with its settings, the kind itself is known."""
    if not DESCRIPTIONS[kind].__module__.startswith("pellucid."):
        pytest.skip("a layer of another test")
    with pytest.raises(ShapeError) as caught:
        network(written(tmp_path, f'[[layer]]\nkind = "{kind.lower()}"\nnosuch = 1'))
    assert f"{kind.lower()} has no setting 'nosuch'" in str(caught.value)


WRONG = {
    "not TOML": ("[[layer]\n", "is not TOML", "line 1"),
    "empty": ("", "a model is a list of tables [[layer]]; got nothing"),
    "something else": ('[net]\nkind = "x"', "a model is a list of tables [[layer]]; got net"),
    "something beside": (LIST + "\n[training]\nepochs = 3\n", "got layer, training"),
    "an unknown kind": (
        LIST.replace('"conv"', '"cnov"'),
        "net.toml, line 3: there is no kind of layer 'cnov'",
        "'conv'",
    ),
    "no kind": ("[[layer]]\nout = 3", "net.toml, line 1: a layer needs a kind"),
    "an unknown setting": (
        LIST.replace("filters = 8\nkernel = [", "filter = 8\nkernel = [", 1),
        "net.toml, line 4: conv has no setting 'filter'; did you mean 'filters'?",
        " Its settings are filters, kernel, stride, pad, init",
    ),
    "a setting of another library": (
        '[[layer]]\nkind = "dense"\nunits = 32',
        "net.toml, line 3: dense has no setting 'units'; did you mean 'out'? Its settings are out, init",
    ),
    "a missing setting": (LIST.replace("filters = 8\n", "", 1), "net.toml, line 2: conv needs a setting 'filters'"),
    "a setting of another kind": (LIST.replace("= 8", '= "many"', 1), "net.toml, line 2: ", "filters", "'many'"),
    "in a branch": (LIST.replace("Conv2d", "Convv"), "net.toml, line 12: there is no kind of layer 'Convv'"),
    "a branch that is none": ('[[layer]]\nkind = "residual"\nbody = 3', "line 3: body must be a list of tables"),
    "a misfit": (LIST.replace("size = 2", "size = 9"), "net.toml, line 16: MaxPool: "),
    "a name that is not there": (
        GRAPH.replace('"again", "input"', '"agian", "input"'),
        "net.toml, line 17: no layer before it is named 'agian'; did you mean 'again'?",
    ),
    "a cycle": (
        GRAPH.replace('kind = "tanh"', 'kind = "add"\ninputs = ["first", "again"]'),
        "no layer before it is named 'again'",
    ),
    "a name twice": (
        GRAPH.replace('"bent"\n', '"first"\n', 1),
        "line 7: name must be a text that no layer before it has",
    ),
    "a layer that nothing reads": (
        GRAPH.replace(', "bent"]', "]").replace('call = "first"', 'call = "first"\ninputs = ["first"]'),
        "net.toml, line 7: the last layer does not depend on this one",
    ),
    "settings of a call": (
        GRAPH.replace('call = "first"', 'call = "first"\nout = 3'),
        "line 11: a layer that is called again",
    ),
    "a sum of one": ('[[layer]]\nkind = "add"', "line 1: Add: it joins values"),
    "other scores": (
        LIST.replace('"classes"', "7"),
        "gives (7,) for each sample, and the data needs (10,)",
        "10 outputs",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_in_a_toml_file_is_one_line(tmp_path, name):
    text, *parts = WRONG[name]
    shape = (4,) if text.startswith("\n[[layer]]\nname") else (1, 8, 8)
    with pytest.raises((ShapeError, StorageError)) as caught:
        network(written(tmp_path, text), shape)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


PYTHON = """
from pellucid.nets import Affine, Conv, Flatten, Input, Network, ReLU

def layers(input_shape, classes):
    return [Flatten(), Affine(5), ReLU(), Affine(classes)]

def graph(input_shape, classes, seed):
    x = Input(input_shape)
    return Network(x, Affine(classes)(Flatten()(x)), seed=seed)

def misfit(input_shape, classes):
    x = Flatten()(Input(input_shape))
    return Conv(3, 3)(x)

def misfit_in_a_list(input_shape, classes):
    return [Flatten(), Conv(3, 3), Affine(classes)]

def raises(input_shape, classes):
    return layers(input_shape, classes / 0)

def nothing(input_shape, classes):
    pass

def positional(shape):
    return []

def other_shape(input_shape, classes):
    return Network([Affine(classes)], (3,))

number = 3
"""


def test_functions_of_a_python_file(tmp_path):
    path = written(tmp_path, PYTHON, "net.py")
    assert (
        network(path, function="layers", seed=2).describe()
        == Network([Flatten(), Affine(5), ReLU(), Affine(10)], (1, 8, 8)).describe()
    )
    assert network(path, function="graph", seed=4).seed == 4
    assert str(ModelFile.of(f"{path}:graph")) == f"{path}:graph"
    assert ModelFile.of(f"{path}:graph") == ModelFile(path, "graph")


def test_a_file_may_import_what_lies_beside_it(tmp_path):
    written(tmp_path, "SIZE = 6", "sizes_of_the_net.py")
    path = written(
        tmp_path, "from sizes_of_the_net import SIZE\n" + PYTHON.replace("Affine(5)", "Affine(SIZE)"), "net.py"
    )
    assert network(path, function="layers").params["affine1.weight"].shape == (64, 6)


WRONG_FUNCTIONS = {
    "misfit": "net.py, line 13: Conv: its input must be an image (C, H, W); got (64,)",
    "misfit_in_a_list": "net.py: Network: conv1 does not fit its input (64,)",
    "raises": "net.py, line 19: ZeroDivisionError: division by zero",
    "nothing": "net.py:nothing must return a list of layers or a Network; got NoneType",
    "positional": "net.py: TypeError: positional() got an unexpected keyword argument 'input_shape'",
    "other_shape": "its network takes samples of shape ((3,),); the data has (1, 8, 8)",
    "layer": "net.py has no function 'layer'; did you mean 'layers'?",
    "number": "net.py has no function 'number'",
    "": "say which function, as in ",
}


@pytest.mark.parametrize("function", WRONG_FUNCTIONS)
def test_a_mistake_in_a_function_is_one_line(tmp_path, function):
    with pytest.raises((ShapeError, StorageError)) as caught:
        network(written(tmp_path, PYTHON, "net.py"), function=function)
    assert "\n" not in str(caught.value)
    assert WRONG_FUNCTIONS[function] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("def layers(:\n", "net.py, line 1: invalid syntax"),
        ("import nosuchmodule\n", "net.py, line 1: ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("x = 1\nraise SystemExit('stop')\n", "net.py, line 2: SystemExit: stop"),
    ],
)
def test_a_file_that_does_not_run_is_one_line(tmp_path, text, part):
    with pytest.raises((ShapeError, StorageError)) as caught:
        network(written(tmp_path, text, "net.py"), function="layers")
    assert part in str(caught.value)


def test_a_file_that_is_missing_or_no_text(tmp_path):
    with pytest.raises(StorageError, match=r"cannot read the model .*nosuch.toml: No such file"):
        network(tmp_path / "nosuch.toml")
    (tmp_path / "net.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(StorageError, match="it is not text in UTF-8"):
        network(tmp_path / "net.toml")


def test_a_graph_of_nodes_and_the_file_are_the_same_network(tmp_path):
    x = Input((4,))
    first = Affine(4)
    from pellucid.nets import Tanh

    bent = Tanh()(first(x))
    by_hand = Network(x, Affine(3)(Add()(first(bent), x, bent)), seed=1)
    read = network(written(tmp_path, GRAPH), shape=(4,), classes=3, seed=1)
    np.testing.assert_array_equal(read.params.flat, by_hand.params.flat)
    data = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    np.testing.assert_array_equal(read.predict(data), by_hand.predict(data))


def test_dropout_by_the_share_that_is_dropped(tmp_path):
    text = '[[layer]]\nkind = "dropout"\n{}\n\n[[layer]]\nkind = "affine"\nout = "classes"\n'
    net = network(written(tmp_path, text.format("drop = 0.2")), shape=(4,))
    assert net.layers[0] == Dropout(keep=0.8)
    with pytest.raises(ShapeError, match=r"write Dropout\(keep=0.8\) or Dropout\(drop=0.2\)"):
        network(written(tmp_path, text.format("drop = 0.2\nkeep = 0.8")), shape=(4,))
