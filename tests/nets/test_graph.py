"""Networks that are graphs: both executors agree, gradients are those of the loss, names, files, and what is refused."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from tests.nets.random_graphs import graphs, random_graph
from tests.nets.random_networks import examples
from tests.network_checks import (
    batch,
    check_gradients,
    check_inference_plan,
    check_saved,
    check_training_plan,
    shaken,
)

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE
from pellucid.nets import (
    Add,
    Affine,
    BatchNorm,
    Concat,
    Conv,
    Dropout,
    Flatten,
    Function,
    Input,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Tanh,
)
from pellucid.optim import Adam
from pellucid.plan import Plan
from pellucid.shapes import ShapeError

TABLES = [REFERENCE, *([NATIVE] if native_build().available else [])]
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def siamese(**options):
    """Two images through the same layers, a table beside them; the second output is what the two become."""
    left, right, table = Input((2, 6, 6)), Input((2, 6, 6)), Input((3,))
    conv, norm, affine = Conv(4, 3, pad=1), BatchNorm(), Affine(5)

    def tower(image):
        return affine(Flatten()(MaxPool(2)(ReLU()(norm(conv(Dropout(keep=0.8)(image)))))))

    a, b = tower(left), tower(right)
    joined = Concat()(Add()(a, b), a, table)
    return Network([left, right, table], [Affine(3)(ReLU()(joined)), joined], dtype=np.float64, **options)


# --- the two executors, and numerical gradients


@given(net=graphs)
@examples(40)
def test_gradients_of_random_graphs(net):
    check_gradients(net, *batch(net, 3))


@each_table
@given(net=graphs)
@examples(60)
def test_plans_of_random_graphs(table, net):
    check_training_plan(net, table, rows=3)
    check_inference_plan(net, table, rows=2)


@each_table
@given(net=graphs)
@examples(30)
def test_a_plan_of_a_random_graph_compares_step_by_step(table, net):
    x, y = batch(net, 3)
    for plan in (Plan.training(net, 3, layers=table, input_gradient=True), Plan.inference(net, 3, layers=table)):
        compared = plan.compare(REFERENCE, x, y, tolerance=1e-9)
        assert compared.first is None, str(compared)


def test_the_random_graphs_hold_what_graphs_may_hold():
    """Otherwise the properties above say nothing about it."""
    nets = [random_graph(seed, 5, bool(seed % 2)) for seed in range(150)]
    found = Counter()
    for net in nets:
        operations = net.program.operations
        found["inputs"] += len(net.program.inputs) > 1
        found["outputs"] += len(net.program.outputs) > 1
        found["an output that is not trained"] += len(net.program.trained) < len(operations)
        found["concat"] += any(operation.kind == "concat" for operation in operations)
        found["shared parameters"] += any(o.is_repeated and o.params for o in operations)
        found["shared statistics"] += any(o.is_repeated and o.state for o in operations)
        found["networks"] += bool(net.program.networks)
        found["one value twice"] += any(len(set(o.inputs)) < len(o.inputs) for o in operations)
        readers = Counter(value for o in operations for value in set(o.inputs))
        found["many readers"] += max(readers.values()) > 2
    assert min(found[what] for what in found) >= 3, found
    assert len(found) == 9


def test_a_second_call_has_a_name_of_its_own_and_the_parameters_of_the_first():
    first, last = (o for o in siamese().program.operations if o.home == "conv1")
    assert (first.name, last.name) == ("conv1", "conv1:2")
    assert first.params == last.params == ("conv1.weight", "conv1.bias")


# --- sharing


@each_table
def test_a_layer_called_twice_sums_its_gradients(table):
    x = Input((4,))
    shared = Affine(4)
    twice = Network(x, Affine(3)(shared(Tanh()(shared(x)))), dtype=np.float64, seed=3)
    apart = Network([Affine(4), Tanh(), Affine(4), Affine(3)], (4,), dtype=np.float64)
    for name in ("affine1", "affine2"):
        for array in ("weight", "bias"):
            apart.params[f"{name}.{array}"] = twice.params[f"affine1.{array}"]
            apart.params[f"affine3.{array}"] = twice.params[f"affine2.{array}"]
    data = batch(twice, 5)
    loss, grads = twice.loss(*data, layers=table)
    other, separate = apart.loss(*data, layers=table)
    assert loss == pytest.approx(other, rel=1e-12)
    for array in ("weight", "bias"):
        expected = separate[f"affine1.{array}"] + separate[f"affine2.{array}"]
        np.testing.assert_allclose(grads[f"affine1.{array}"], expected, rtol=1e-10, atol=1e-12)


@each_table
def test_shared_running_statistics_move_once_for_each_call(table):
    net = siamese()
    x, y = batch(net, 4)
    plan = Plan.training(net, 4, layers=table)
    plan.loss(x, y)
    expected = net.training_pass(x, y).state
    plan.move_running_statistics()
    for name, array in expected.items():
        np.testing.assert_allclose(net.state[name], array, rtol=1e-12)


def test_the_second_call_moves_what_the_first_has_moved():
    x = Input((4,))
    norm = BatchNorm()
    net = Network(x, Affine(2)(Add()(norm(x), norm(Add()(x, x)))), dtype=np.float64)
    data, labels = batch(net, 6)
    moved = net.training_pass(data, labels).state["batchnorm1.mean"]
    np.testing.assert_allclose(moved, 0.9 * 0.1 * data.mean(axis=0) + 0.1 * (2 * data).mean(axis=0), rtol=1e-12)


def test_a_list_shares_nothing():
    """The same object twice in a list is two layers, as it has always been."""
    layer = Affine(4)
    net = Network([layer, layer], (4,))
    assert list(net.params) == ["affine1.weight", "affine2.weight", "affine1.bias", "affine2.bias"]


def test_equal_layers_are_not_shared():
    x = Input((4,))
    assert len(Network(x, Affine(4)(Affine(4)(x))).params) == 4


# --- networks within networks


def test_a_network_is_a_layer_with_its_own_names_and_a_copy_of_its_arrays():
    trunk = Network([Conv(4, 3, pad=1), BatchNorm(), ReLU(), Flatten()], (3, 6, 6), seed=5, name="trunk")
    trunk.state["batchnorm1.mean"] = np.arange(4.0)
    trunk.freeze("conv1.*")
    net = Network([trunk, Affine(10)], (3, 6, 6), seed=1)
    assert list(net.params)[:2] == ["trunk.conv1.weight", "affine1.weight"]
    np.testing.assert_array_equal(net.params["trunk.conv1.weight"], trunk.params["conv1.weight"])
    np.testing.assert_array_equal(net.state["trunk.batchnorm1.mean"], np.arange(4))
    assert net.frozen == {"trunk.conv1.weight", "trunk.conv1.bias"}
    net.params["trunk.conv1.weight"] = 0 * net.params["trunk.conv1.weight"]
    assert trunk.params["conv1.weight"].any(), "the inner network's own arrays changed"


def test_networks_without_a_name_are_numbered_and_may_be_called_twice_and_nested():
    block = Network([Residual([Affine(4), Tanh()])], (4,))
    outer = Network([block, block], (4,))
    x = Input((4,))
    net = Network(x, Affine(2)(Add()(outer(x), outer(Tanh()(x)))), dtype=np.float64)
    assert [o.name for o in net.program.operations][:6] == [
        *("network1.network1.affine1", "network1.network1.tanh1", "network1.network1.residual1"),
        *("network1.network2.affine1", "network1.network2.tanh1", "network1.network2.residual1"),
    ]
    assert [o.name for o in net.program.operations][7] == "network1.network1.affine1:2"
    assert len(net.params) == 6
    check_gradients(shaken(net), *batch(net, 3))
    check_training_plan(net, REFERENCE)


def test_a_network_in_a_residual():
    inner = Network([Affine(4), Tanh()], (4,))
    net = Network([Residual([inner]), Affine(2)], (4,), dtype=np.float64)
    assert "network1.affine1.weight" in net.params
    check_gradients(shaken(net), *batch(net, 3))


def test_two_networks_of_one_name_are_told_apart():
    left, right = (Network([Affine(4)], (4,), name="block") for _ in range(2))
    net = Network([left, right], (4,))
    assert "block.affine1.weight" in net.params
    assert "block1.affine1.weight" in net.params


def test_calling_a_network_on_arrays_predicts():
    net = siamese()
    x, _ = batch(net, 3)
    for found, expected in zip(net(*x), net.predict(x), strict=True):
        np.testing.assert_array_equal(found, expected)


# --- files, tables, drawings


@given(net=graphs)
@examples(30)
def test_random_graphs_are_saved_and_loaded(net, tmp_path_factory):
    if "Function" not in repr(net.graph):
        check_saved(net, tmp_path_factory.mktemp("graph") / "net.safetensors")


def test_a_graph_with_a_function_is_loaded_with_its_layers(tmp_path):
    x, y = Input((3,)), Input((3,))
    product = Function(
        lambda a, b: (a * b, (a, b)), lambda dout, cache: (dout * cache[1], dout * cache[0]), name="product"
    )
    net = Network([x, y], Affine(2)(product(x, Tanh()(y))), dtype=np.float64)
    check_gradients(shaken(net), *batch(net, 3))
    check_training_plan(net, REFERENCE)
    check_saved(net, tmp_path / "net.safetensors", layers=net.layers)


def test_the_document_of_a_list_is_as_it_was():
    net = Network([Affine(3), ReLU()], (4,), seed=2)
    assert json.loads(json.dumps(net.to_document())) == {
        "layers": [{"layer": "Affine", "out": 3, "init": None}, {"layer": "ReLU"}],
        **{"input_shape": [4], "seed": 2, "init": "he", "dtype": "float32", "frozen": []},
    }


def test_tables_and_drawings_show_every_layer_and_input():
    net = siamese()
    plan = Plan.training(net, 4)
    table, drawing = net.describe(), plan.svg()
    for operation in net.program.operations:
        assert operation.name in table
    for shown in ("input 1", "input 2", "input 3", "conv1:2", "concat1"):
        assert shown in table
        assert shown in drawing
    assert net.describe().count("76") == 1, "shared parameters are counted once"
    assert repr(plan)


def test_a_new_head_of_a_graph():
    net = siamese(seed=4)
    wider = net.replace_head(7)
    assert wider.output_shape == (7,)
    assert wider.params["affine2.weight"].shape == (13, 7)
    np.testing.assert_array_equal(wider.params["conv1.weight"], net.params["conv1.weight"])


# --- the loss is that of the first output


def test_what_the_first_output_does_not_depend_on_keeps_its_parameters():
    x = Input((4,))
    h = Tanh()(Affine(4)(x))
    net = Network(x, [Affine(3)(h), BatchNorm()(Affine(2)(h))], dtype=np.float64)
    assert [o.name for o in net.program.trained] == ["affine1", "tanh1", "affine2"]
    data = batch(net, 5)
    before = net.params["affine3.weight"].copy()
    plan = Plan.training(net, 5, optimizer=Adam())
    plan.loss(*data)
    plan.move_running_statistics()
    assert not plan.grads["affine3.weight"].any()
    assert (net.state["batchnorm1.var"] == 1).all(), "statistics of a layer that did not run have moved"
    learning = {
        name
        for name, (start, stop) in net.params.ranges.items()
        if any(part.start <= start and stop <= part.stop for part in net.learning_ranges())
    }
    assert learning == {"affine1.weight", "affine1.bias", "affine2.weight", "affine2.bias"}
    np.testing.assert_array_equal(net.params["affine3.weight"], before)


# --- what is refused


def wrong_networks():
    x, y = Input((4,), name="left"), Input((4,))
    a = Affine(3)(x)
    image = Input((3, 6, 6))
    shared = Affine(2)
    two = Network(x, [a, Affine(2)(a)])
    return {
        "an input that nothing reads": (lambda: Network([x, y], a), ["no output depends on input 2", "Input((4,))"]),
        "an input that is not listed": (
            lambda: Network(y, Add()(a, Affine(3)(y))),
            ["an output depends on Input((4,)) named 'left', which inputs does not list"],
        ),
        "an input that is an output": (lambda: Network(x, x), ["an output must be what a layer makes"]),
        "inputs that are no inputs": (lambda: Network(a, Affine(2)(a)), ["inputs must be Inputs", "Affine(out=3"]),
        "one input twice": (lambda: Network([x, x], a), ["lists the same Input twice"]),
        "no outputs": (lambda: Network(x, []), ["outputs must be nodes"]),
        "a layer for outputs": (lambda: Network(x, Affine(3)), ["outputs must be nodes", "Affine(out=3"]),
        "shapes that do not fit": (lambda: Conv(3, 3)(a), ["Conv", "must be an image (C, H, W); got (3,)"]),
        "a sum of other shapes": (lambda: Add()(a, x), ["Add: the values must have the same shape; got (3,) and (4,)"]),
        "two values for one": (lambda: Affine(3)(x, y), ["Affine: it takes one value; got 2", "Concat()"]),
        "an array": (lambda: Affine(3)(np.zeros(3)), ["Affine: a layer is called on nodes", "got ndarray"]),
        "shared on other sizes": (
            lambda: Network(x, Add()(shared(a), shared(x))),
            [
                "affine2 is called on values of different sizes",
                "affine2.weight is (3, 2) for one and (4, 2) for another",
            ],
        ),
        "a network on other samples": (
            lambda: Network([ReLU()], (3, 6, 6))(x),
            ["a network takes samples of shape (3, 6, 6); got (4,)"],
        ),
        "two outputs as a layer": (lambda: two(x), ["with 2 outputs cannot be a layer"]),
        "a name with a dot": (lambda: Network([ReLU()], (4,), name="a.b"), ["name must be letters", "'a.b'"]),
        "no shape": (lambda: Input(3.5), ["Input: shape must be the sizes of one sample", "3.5"]),
        "one array of two": (lambda: siamese().predict(np.zeros((2, 2, 6, 6))), ["a tuple of 3 arrays", "got ndarray"]),
        "other rows": (
            lambda: Network([x, y], Add()(x, y)).predict((np.zeros((2, 4)), np.zeros((3, 4)))),
            ["all inputs must have as many rows; got 2, 3"],
        ),
        "the image's place": (
            lambda: Network([x, image], Concat()(x, Flatten()(image))).predict((np.zeros((2, 4)), np.zeros((2, 4)))),
            ["x must have shape (N, 3, 6, 6); got (2, 4)"],
        ),
    }


@pytest.mark.parametrize("name", wrong_networks())
def test_a_mistake_is_one_line(name):
    action, parts = wrong_networks()[name]
    with pytest.raises(ShapeError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message
