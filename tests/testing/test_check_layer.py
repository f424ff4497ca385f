"""check_layer, tested: healthy layers pass every check, and each planted mistake fails the check that is there for it."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from tests.cases import CASES

from pellucid import layers
from pellucid.interop.bridges import Bridge, NoCounterpart, register_bridge
from pellucid.layers import Description, LayerKind, Lowered, Pair, Parameter, Running
from pellucid.nets import Network
from pellucid.plan import Plan
from pellucid.shapes import ShapeError
from pellucid.testing import LayerCheckError, check_layer

NO = NoCounterpart("of a test")
LIBRARY = [
    layer
    for case in CASES.values()
    for layer in case.descriptions
    if type(layer).__module__.startswith("pellucid.layers.")
    and not layer.takes_several  # tests/nets/test_graph.py has those
]


@pytest.mark.parametrize("layer", LIBRARY, ids=repr)
def test_the_library_keeps_its_own_contract(layer):
    report = check_layer(layer)
    assert len(report.passed) + len(report.skipped) >= 14
    assert {"gradients", "plan_of_training", "save_and_load"} <= set(report.passed)
    assert report.shapes


def test_every_layer_of_the_library_is_tried():
    library = {name for name, kind in layers.DESCRIPTIONS.items() if kind.__module__.startswith("pellucid.layers.")}
    library -= {name for name in library if layers.DESCRIPTIONS[name].takes_several}
    missing = library - {type(layer).__name__ for layer in LIBRARY}
    assert not missing, f"list {', '.join(sorted(missing))} in the descriptions of its file in tests/cases"


# ---- a healthy layer of one's own, and what can be wrong with it ----


def gain_forward(x, gain):
    return x * gain.reshape(-1, *[1] * (x.ndim - 2)), (x, gain)


def gain_backward(dout, cache):
    x, gain = cache
    return dout * gain.reshape(-1, *[1] * (x.ndim - 2)), (dout * x).sum(axis=(0, *range(2, x.ndim)))


GAIN = LayerKind("gain", Pair(gain_forward, gain_backward))


@dataclass(frozen=True)
class Gain(Description):
    """out = gain * x, a gain for each channel. `kind` stands in for it in the tests."""

    kind: LayerKind = field(default=GAIN, compare=False)
    extra: tuple[int, ...] = ()  # axes that the shape rule states wrongly

    def lowered(self, shape: tuple[int, ...]) -> Lowered:
        return Lowered(self.kind, (*shape, *self.extra), params={"gain": Parameter((shape[0],), 1.0)})


@dataclass(frozen=True)
class Plain(Description):
    """A layer without settings or parameters that `kind` computes."""

    def lowered(self, shape: tuple[int, ...]) -> Lowered:
        return Lowered(GAIN, shape, params={"gain": Parameter((shape[0],), 1.0)})


@dataclass(frozen=True)
class Centred(Description):
    """out = x - mean of the batch in training, of the running mean at inference."""

    kind: LayerKind | None = None
    decay: float = 0.9

    def lowered(self, shape: tuple[int, ...]) -> Lowered:
        return Lowered(self.kind or CENTRED, shape, state={"mean": Parameter(shape, 0.0)})


def centred_forward(x):
    return x - x.mean(axis=0), x.mean(axis=0)


def centred_backward(dout, cache):
    return dout - dout.mean(axis=0)


CENTRED = LayerKind(
    "centred",
    Pair(centred_forward, centred_backward),
    infer=lambda x, mean: x - mean[0],
    running=Running(lambda mean: (mean,), lambda mean, cache, decay: (decay * mean[0] + (1 - decay) * cache,)),
)


@dataclass(frozen=True)
class Noise(Description):
    """out = x + noise in training, drawn from the key."""

    kind: LayerKind | None = None

    def lowered(self, shape: tuple[int, ...]) -> Lowered:
        return Lowered(self.kind or NOISE, shape)


def noise_forward(x, key):
    return x + np.random.default_rng(key).standard_normal(x.shape).astype(x.dtype), None


NOISE = LayerKind("noise", Pair(noise_forward, lambda dout, cache: dout), takes_key=True, identity_at_inference=True)


@pytest.mark.parametrize("layer", [Plain, Plain(), Centred(), Noise()])
def test_healthy_layers_from_outside_pass(layer):
    report = check_layer(layer)
    assert "gradients" in report.passed
    assert str(report).startswith(report.layer)


def kind(forward=gain_forward, backward=gain_backward, **traits: Any) -> LayerKind:
    return LayerKind("gain", Pair(forward, backward), **traits)


def changes_x(x, gain):
    x *= gain.reshape(-1, *[1] * (x.ndim - 2))
    return x, (x, gain)


def changes_cache(dout, cache):
    gradients = gain_backward(dout, cache)
    cache[0][...] += 1
    return gradients


def copying_forward(x, gain):
    return gain_forward(x, gain)[0], (x.copy(), gain)


def changes_dout(dout, cache):
    dout *= 2
    return gain_backward(dout, cache)


def by_memory(x, gain):
    places = np.arange(x.size, dtype=x.dtype).reshape(x.shape, order="F" if x.flags.f_contiguous else "C")
    return gain_forward(x, gain)[0] + places, (x, gain)


def drawn(x, gain):
    return gain_forward(x, gain)[0] + np.random.standard_normal(), (x, gain)  # noqa: NPY002


def of_the_batch(x, gain):
    return gain_forward(x - x.mean(axis=0), gain)[0], (x - x.mean(axis=0), gain)


def of_the_batch_backward(dout, cache):
    dx, dgain = gain_backward(dout, cache)
    return dx - dx.mean(axis=0), dgain


PLANTED = [
    ("inputs_unchanged", Gain(kind(lambda x, gain: x)), r"must return \(out, cache\)"),
    ("inputs_unchanged", Gain(kind(lambda x, gain: (None, None))), "must return an array as out; got NoneType"),
    (
        "inputs_unchanged",
        Gain(kind(backward=lambda d, c: list(gain_backward(d, c)))),
        r"must return a tuple \(dx, dgain\); it returned list",
    ),
    ("shapes_and_dtypes", Gain(kind(lambda x, gain: (x / 0 * gain[0], (x, gain)))), "holds nan or inf"),
    ("shapes_and_dtypes", Gain(kind(lambda x, gain: (x.astype(float), (x, gain)))), "expected out to be float32"),
    ("shapes_and_dtypes", Gain(extra=(1,)), r"expected out to be float32 \(1, 7, 1\), got float32 \(1, 7\)"),
    (
        "shapes_and_dtypes",
        Gain(kind(backward=lambda d, c: gain_backward(d, c)[0])),
        "must return a tuple of 2 gradients",
    ),
    (
        "shapes_and_dtypes",
        Gain(kind(backward=lambda d, c: (gain_backward(d, c)[0], d.sum(axis=0)[None]))),
        r"expected dgain to be float32 \(7,\), got float32 \(1, 7\)",
    ),
    ("inputs_unchanged", Gain(kind(changes_x)), "forward changes x in place"),
    ("inputs_unchanged", Gain(kind(copying_forward, changes_cache)), "changes its cache"),
    ("inputs_unchanged", Gain(kind(backward=changes_dout)), "backward changes dout in place"),
    ("memory_order", Gain(kind(by_memory)), "in Fortran order gives another result"),
    ("repeatable", Gain(kind(drawn)), "two calls with the same arguments differ"),
    (
        "gradients",
        Gain(kind(backward=lambda d, c: (d, gain_backward(d, c)[1]))),
        "not the derivative of the forward: dx",
    ),
    ("gradients", Gain(kind(backward=lambda d, c: (gain_backward(d, c)[0], 0 * c[1]))), "dgain"),
    ("inference", Gain(kind(of_the_batch, of_the_batch_backward)), "depends on the other rows"),
    ("inference", Noise(replace(NOISE, identity_at_inference=False)), "must say what inference computes"),
    (
        "running_statistics",
        Centred(
            replace(CENTRED, running=Running(lambda m: (m,), lambda m, c, decay: ((1 - decay) * m[0] + decay * c,)))
        ),
        r"mean must become decay \* mean \+ \(1 - decay\)",
    ),
    (
        "running_statistics",
        Centred(replace(CENTRED, running=Running(lambda m: (m,), lambda m, c, decay: decay * m[0] + (1 - decay) * c))),
        r"must return a tuple of arrays of the shapes \[\(7,\)\]",
    ),
    ("inference", Gain(kind(infer=lambda x, gain: np.sign(x).astype(int))), r"return float64 \(3, 7\), got int64"),
    ("inputs_unchanged", Gain(kind(infer=lambda x, gain: np.multiply(x, 2, out=x))), "infer changes x in place"),
    ("repeatable", Gain(kind(infer=lambda x, gain: drawn(x, gain)[0])), "two calls with the same arguments differ"),
    ("key", Noise(replace(NOISE, pair=Pair(lambda x, key: (x, None), lambda d, c: d))), "does not use its key"),
    (
        "other_tables",
        Gain(kind(tables={"fast": Pair(lambda x, g: (x, (x, g)), gain_backward)})),
        "table fast: out differs",
    ),
    ("other_tables", Gain(kind(tables={"fast": Pair(gain_forward, changes_dout)})), "read-only"),
]


@pytest.mark.parametrize(("check", "layer", "finding"), PLANTED, ids=[f"{i}-{p[0]}" for i, p in enumerate(PLANTED)])
@pytest.mark.filterwarnings("ignore:divide by zero|invalid value")
def test_a_planted_mistake_fails_its_check(check, layer, finding):
    with pytest.raises(LayerCheckError, match=f"(?s).*\n  {check}: input .*{finding}"):
        check_layer(layer)


@dataclass(frozen=True)
class Declared(Description):
    """A layer that is lowered to whatever it was given."""

    made: Any = None

    def lowered(self, shape: tuple[int, ...]) -> Lowered:
        return self.made(shape) if callable(self.made) else self.made


def both_forward(x, scale, shift):
    return x * scale[0] + shift[0], (x, scale)


BOTH = LayerKind("both", Pair(both_forward, gain_backward))
ONE, STATE = {"gain": Parameter((7,), 1.0)}, {"mean": Parameter((7,), 0.0)}


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        (None, r"must return Lowered\(...\); it returned NoneType"),
        (lambda shape: shape[2], "lowered raised IndexError: .* raise pellucid.shapes.ShapeError"),
        (Lowered(Pair(gain_forward, gain_backward), (7,)), "its layer is Pair"),
        (Lowered(LayerKind("gain", (gain_forward, gain_backward)), (7,)), r"must be LayerKind\('name', Pair\("),
        (Lowered(GAIN, [7], params=ONE), r"as a tuple of whole numbers; it is \[7\]"),
        (Lowered(GAIN, 7, params=ONE), "as a tuple of whole numbers; it is 7"),
        (Lowered(GAIN, (7,), params={"gain": (7,)}), "params must be a dict"),
        (Lowered(GAIN, (7,), params=[Parameter((7,), 1.0)]), "params must be a dict"),
        (Lowered(GAIN, (7,), params={"gain": Parameter((7,))}), "gain needs a first value"),
        (Lowered(GAIN, (7,), params={"gain": Parameter((7,), np.ones(3))}), r"its first value has \(3,\)"),
        (Lowered(GAIN, (7,)), r"the call forward\(x\), which the function refuses: .*'gain'"),
        (Lowered(GAIN, (7,), {"eps": 1}, ONE), r"the call forward\(x, gain, eps=...\)"),
        (Lowered(replace(GAIN, infer=lambda x: x), (7,), params=ONE), r"the call infer\(x, gain\)"),
        (Lowered(replace(NOISE, takes_key=False), (7,)), "needs takes_key=True"),
        (Lowered(replace(GAIN, takes_key=True), (7,), params=ONE), r"the call forward\(x, gain, key=...\)"),
        (
            Lowered(BOTH, (7,), params={"shift": Parameter((1,), 0.0), "scale": Parameter((1,), 1.0)}),
            "come in the order shift, scale, but the forward takes scale, shift",
        ),
        (Lowered(GAIN, (7,), params=ONE, state=STATE), "must say how it is updated"),
        (Lowered(CENTRED, (7,), state=STATE), "Declared must have a setting `decay`"),
        (Lowered(replace(GAIN, name="relu"), (7,), params=ONE), "called 'relu', as one of the library is"),
    ],
)
def test_a_wrong_declaration_is_one_line(made, finding):
    with pytest.raises(
        LayerCheckError, match=rf"fails 1 check of 17 \(.* were not run\):\n  declaration: .*{finding}"
    ) as error:
        check_layer(Declared(made), shapes=[(7,)])
    assert str(error.value).count("\n") == 1


def test_running_statistics_need_state_and_an_inference_of_their_own():
    class Stateless(Centred):
        def lowered(self, shape: tuple[int, ...]) -> Lowered:
            return Lowered(CENTRED, shape)

    with pytest.raises(LayerCheckError, match=r"declaration: .*must name: state="):
        check_layer(Stateless())
    with pytest.raises(LayerCheckError, match=r"declaration: .*inference does not read"):
        check_layer(Centred(replace(CENTRED, infer=None)))


def test_settings_that_are_not_fields():
    class Undecorated(Plain):
        width: int = 3

    class Written(Plain):
        def __init__(self, width: int) -> None:
            self.__dict__["width"] = width

    for layer in (Undecorated(), Written(3)):
        with pytest.raises(LayerCheckError, match=r"settings: .*write @dataclass\(frozen=True\) above class"):
            check_layer(layer)


def test_a_class_that_bears_the_name_of_a_layer_of_the_library(monkeypatch):
    monkeypatch.setitem(layers.DESCRIPTIONS, "Tanh", layers.Tanh)  # put back afterwards: the next line replaces it

    class Tanh(Plain):
        pass

    with pytest.raises(LayerCheckError, match=r"settings: .*the library has a layer Tanh"):
        check_layer(Tanh())


def test_settings_must_be_frozen():
    class Loose(Plain):
        pass

    @dataclass(eq=False, frozen=True)
    class Unequal(Plain):
        def __eq__(self, other: object) -> bool:
            return self is other

        __hash__ = None  # type: ignore[assignment]

    check_layer(Loose)  # inherits a frozen dataclass
    with pytest.raises(LayerCheckError, match=r"settings: .*not equal"):
        check_layer(Unequal)


def test_settings_that_a_file_cannot_hold():
    @dataclass(frozen=True)
    class Sets(Plain):
        places: frozenset[int] = frozenset({1})

    with pytest.raises(LayerCheckError, match=r"save_and_load: .*the setting places of Sets is a frozenset"):
        check_layer(Sets)


def test_settings_may_be_tuples_of_tuples():
    @dataclass(frozen=True)
    class Padded(Plain):
        pad: tuple[tuple[int, int], ...] = ((0, 1), (2, 0))

    assert "save_and_load" in check_layer(Padded).passed


@pytest.mark.parametrize(
    ("owner", "method", "check"),
    [
        (Plan, "loss", "plan_of_training"),
        (Plan, "predict", "plan_of_inference"),
        (Network, "predict", "plan_of_inference"),
        (Network, "adopt", "save_and_load"),
        (Network, "describe", "tables_and_drawings"),
        (Plan, "describe", "tables_and_drawings"),
        (Plan, "svg", "tables_and_drawings"),
    ],
)
def test_a_fault_of_the_library_around_the_layer_is_found(monkeypatch, owner, method, check):
    """These checks run nothing of the layer's own that could be planted: the machinery itself is broken here."""
    original = getattr(owner, method)

    def broken(self, *arguments, **options):
        result = original(self, *arguments, **options)
        if method == "adopt":
            self.params.flat[:] += 1
            return None
        return "" if isinstance(result, str) else 1.5 * result

    monkeypatch.setattr(owner, method, broken)
    with pytest.raises(LayerCheckError, match=f"\n  {check}: "):
        check_layer(Plain)


@pytest.mark.peers
def test_a_bridge_that_makes_no_module(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("pellucid.interop.bridges._registered", {})
    register_bridge(Plain, Bridge(lambda layer: None, NO, NO, NO, kinds=("gain",)))
    with pytest.raises(
        LayerCheckError, match=r"\n  torch: .*to_torch must return a torch.nn.Module; it returned NoneType"
    ):
        check_layer(Plain)


@pytest.mark.interop
def test_a_bridge_that_returns_no_name(monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr("pellucid.interop.bridges._registered", {})
    register_bridge(Plain, Bridge(NO, NO, lambda graph, layer, inputs: None, NO, kinds=("gain",)))
    with pytest.raises(LayerCheckError, match=r"\n  onnx: .*to_onnx must return the name of its last node's output"):
        check_layer(Plain)


# ---- what is refused ----


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.Affine, r"pass Affine with its settings, such as Affine\(...\)"),
        (3, "layer must be a description such as ReLU"),
        (layers.ReLU.__name__, "layer must be a description"),
        (GAIN, "got a LayerKind: pass the description"),
        (layers.GroupNorm(11), r"takes none of the shapes tried .*pass shapes=\[...\]"),
    ],
)
def test_refused(layer, message):
    with pytest.raises(ShapeError, match=f"^check_layer: .*{message}"):
        check_layer(layer)


def test_a_shape_that_is_given_must_fit():
    with pytest.raises(ShapeError, match="MaxPool: its input must be an image"):
        check_layer(layers.MaxPool(2), shapes=[(4, 5, 5), (7,)])


@pytest.mark.parametrize("shapes", [[], [7], (4, 8, 8)])
def test_shapes_are_a_list_of_shapes(shapes):
    with pytest.raises(ShapeError, match="check_layer: shapes must be a list of shapes of samples"):
        check_layer(Plain, shapes=shapes)
