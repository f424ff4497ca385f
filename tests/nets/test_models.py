"""Tests of `models`: the architectures that people know, counted by hand."""

from itertools import pairwise

import numpy as np
import pytest

from pellucid.nets import MODELS, BatchNorm, Dropout, LayerNorm, build
from pellucid.nets.models import fully_connected
from pellucid.shapes import ShapeError


def affine(features, out):
    return features * out + out


def conv(channels, filters, kernel=3):
    return filters * channels * kernel**2 + filters


def conv_bn(channels, filters):
    return conv(channels, filters) + 2 * filters


def multiply_adds(net, kind):
    return [operation.multiply_adds for operation in net.program.operations if operation.kind == kind]


def kinds(net):
    return [operation.kind for operation in net.program.operations]


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize(("hidden", "classes"), [((), 3), ((100,), 10), ((50, 20, 30), 4)])
def test_fully_connected(hidden, classes, norm):
    net = build("fully-connected", (3, 4, 5), classes, hidden=hidden, norm=norm, keep=0.5)
    sizes = [60, *hidden, classes]
    pairs = list(pairwise(sizes))
    norms = 0 if norm == "none" else 2 * sum(hidden)
    assert net.params.flat.size == sum(affine(a, b) for a, b in pairs) + norms
    assert net.state.flat.size == (norms if norm == "batch" else 0)
    assert multiply_adds(net, "affine") == [a * b for a, b in pairs]
    block = {"none": ["affine"], "batch": ["affine", "batchnorm"], "layer": ["affine", "layernorm"]}[norm]
    assert kinds(net) == ["flatten", *[*block, "relu", "dropout"] * len(hidden), "affine"]
    assert net.output_shape == (classes,)


def test_fully_connected_of_the_docstring():
    net = build("fully-connected", (3, 32, 32), 10, hidden=(512, 256), norm="batch", keep=0.7)
    assert net.params.flat.size == affine(3072, 512) + 2 * 512 + affine(512, 256) + 2 * 256 + affine(256, 10) == 1708810


def test_a_keep_of_1_makes_no_dropout():
    assert not [layer for layer in fully_connected(3, keep=1.0) if isinstance(layer, Dropout)]
    assert [layer.keep for layer in fully_connected(3, hidden=(4, 5), keep=0.9) if isinstance(layer, Dropout)] == [
        0.9,
        0.9,
    ]
    assert not [layer for layer in fully_connected(3) if isinstance(layer, (BatchNorm, LayerNorm))]


@pytest.mark.parametrize(("height", "width", "filters", "kernel", "hidden"), [(32, 32, 32, 7, 500), (9, 6, 4, 3, 11)])
def test_three_layer_convnet(height, width, filters, kernel, hidden):
    options = {"filters": filters, "kernel": kernel, "hidden": hidden}
    net = build("three-layer-convnet", (3, height, width), 10, **options)
    pooled = filters * (height // 2) * (width // 2)
    assert net.params.flat.size == conv(3, filters, kernel) + affine(pooled, hidden) + affine(hidden, 10)
    assert multiply_adds(net, "conv") == [filters * 3 * kernel**2 * height * width]
    assert multiply_adds(net, "affine") == [pooled * hidden, hidden * 10]
    assert kinds(net) == ["conv", "relu", "maxpool", "flatten", "affine", "relu", "affine"]
    if height == 32:
        plain = build("three-layer-convnet", (3, 32, 32), 10)
        assert plain.params.flat.size == net.params.flat.size == 4736 + 4096500 + 5010


@pytest.mark.parametrize(("height", "width"), [(32, 32), (8, 27)])
def test_vgg6_bn(height, width):
    net = build("vgg6-bn", (3, height, width), 10)
    channels = [3, 32, 32, 64, 64, 128, 128]
    pairs = list(pairwise(channels))
    head = 128 * (height // 8) * (width // 8)
    assert net.params.flat.size == sum(conv_bn(a, b) for a, b in pairs) + affine(head, 10)
    assert net.state.flat.size == 2 * sum(channels[1:])
    areas = [(height >> n // 2) * (width >> n // 2) for n in range(6)]
    assert multiply_adds(net, "conv") == [9 * a * b * area for (a, b), area in zip(pairs, areas, strict=True)]
    stage = ["conv", "spatial_batchnorm", "relu"] * 2 + ["maxpool"]
    assert kinds(net) == [*stage * 3, "flatten", "affine"]


def test_resnet9():
    net = build("resnet9", (3, 32, 32), 10)
    pairs = [(3, 64), (64, 128), (128, 128), (128, 128), (128, 256), (256, 256), (256, 256), (256, 256)]
    assert net.params.flat.size == sum(conv_bn(a, b) for a, b in pairs) + affine(256, 10)
    sides = [32, 32, 16, 16, 16, 8, 4, 4]
    assert multiply_adds(net, "conv") == [9 * a * b * s**2 for (a, b), s in zip(pairs, sides, strict=True)]
    block = ["conv", "spatial_batchnorm", "relu"]
    residual = [*block, *block, "add"]
    assert kinds(net) == [
        *(*block, *block, "maxpool", *residual),
        *(*block, "maxpool", *block, "maxpool", *residual),
        *("maxpool", "flatten", "affine"),
    ]
    shapes = {operation.name: operation.shape for operation in net.program.operations}
    assert (shapes["residual1"], shapes["residual2"], shapes["maxpool4"]) == ((128, 16, 16), (256, 4, 4), (256, 1, 1))


def test_resnet18():
    net = build("resnet18", (3, 32, 32), 10)
    widths = [64, 64, 64, 64, 64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512]
    pairs, shortcuts = list(pairwise([3, *widths])), [(64, 128), (128, 256), (256, 512)]
    weights = sum(conv_bn(a, b) for a, b in pairs) + sum(conv(a, b, 1) + 2 * b for a, b in shortcuts)
    assert net.params.flat.size == weights + affine(512, 10) == 11_178_762
    sides = [2048 // width for width in widths]
    main = sum(9 * a * b * side**2 for (a, b), side in zip(pairs, sides, strict=True))
    beside = sum(a * b * (2048 // b) ** 2 for a, b in shortcuts)
    assert sum(multiply_adds(net, "conv")) == main + beside
    assert kinds(net).count("add") == 8
    assert kinds(net)[-4:] == ["add", "relu", "global_avgpool", "affine"]


def test_mobilenet_small():
    net = build("mobilenet-small", (3, 32, 32), 10)
    blocks = [(32, 1, 16, 1)] + [(a, 6, b, s) for a, b, s in [(16, 24, 2), (24, 24, 1), (24, 32, 2), (32, 32, 1)]]
    blocks += [(a, 6, b, s) for a, b, s in [(32, 64, 2), (64, 64, 1), (64, 96, 1)]]
    count, work, side = conv_bn(3, 32), 9 * 3 * 32 * 32**2, 32
    for channels, expansion, filters, stride in blocks:
        inside = channels * expansion
        if expansion > 1:
            count, work = count + conv(channels, inside, 1) + 2 * inside, work + channels * inside * side**2
        side //= stride
        count += conv(1, inside) + 2 * inside + conv(inside, filters, 1) + 2 * filters
        work += (9 + filters) * inside * side**2
    assert net.params.flat.size == count + conv(96, 384, 1) + 2 * 384 + affine(384, 10)
    assert sum(multiply_adds(net, "conv") + multiply_adds(net, "general_conv")) == work + 96 * 384 * side**2
    depthwise = [o.description for o in net.program.operations if o.kind == "general_conv"]
    assert [layer.groups for layer in depthwise] == [a * expansion for a, expansion, _, _ in blocks]
    assert kinds(net).count("add") == 3
    assert kinds(net).count("relu") == 0


def test_densenet_small():
    net = build("densenet-small", (3, 32, 32), 10)
    count, channels = conv(3, 24), 24
    for block in range(3):
        if block:
            count, channels = count + 2 * channels + conv(channels, channels // 2, 1), channels // 2
        for _ in range(6):
            count += 2 * channels + conv(channels, 48, 1) + 2 * 48 + conv(48, 12)
            channels += 12
    assert net.params.flat.size == count + 2 * channels + affine(channels, 10)
    joined = [operation for operation in net.program.operations if operation.kind == "concat"]
    assert [operation.shape[0] for operation in joined[:6]] == [36, 48, 60, 72, 84, 96]
    assert joined[-1].shape == (channels, 8, 8)


SMALL = {
    "three-layer-convnet": {"hidden": 20},
    "resnet18": {"width": 4},
    "mobilenet-small": {"width": 0.5},
    "densenet-small": {"growth": 4, "depth": 2},
}


@pytest.mark.parametrize("name", MODELS)
def test_models_give_scores_and_gradients(name):
    net = build(name, (3, 32, 32), 4, seed=1, **SMALL.get(name, {}))
    x = np.random.default_rng(0).standard_normal((2, 3, 32, 32)).astype(np.float32)
    done = net.training_pass(x, np.array([0, 3]))
    assert net.predict(x).shape == done.scores.shape == (2, 4)
    assert done.dx.shape == x.shape
    dead = [name for name, array in done.grads.items() if not array.any()]
    assert not dead
    assert np.isfinite(done.grads.flat).all()


def test_the_networks_settings_reach_it():
    net = build("fully-connected", (4,), 2, seed=9, init=0.0, dtype=np.float64)
    assert (net.seed, net.init, net.dtype) == (9, 0.0, np.float64)
    assert not net.params.flat.any()


def too_small(layer, shape, window, image):
    return (
        f"Network: {layer} does not fit its input {shape}: MaxPool: the window must fit into the padded image; "
        f"the window is {window}, the image with its padding {image}"
    )


NAMES = "fully-connected, three-layer-convnet, vgg6-bn, resnet9, resnet18, mobilenet-small, densenet-small"
REFUSED = {
    ("resnet10", (4,)): f"build: the model must be one of {NAMES}; got 'resnet10'; did you mean 'resnet18'?",
    ("densenet-small", (3, 3, 8)): "AvgPool: the window must fit into the padded image; "
    "the window is 2x2, the image with its padding 1x4",
    ("vgg6-bn", (3, 7, 32)): too_small("maxpool3", (128, 1, 8), "2x2", "1x8"),
    ("resnet9", (3, 16, 16)): too_small("maxpool4", (256, 2, 2), "4x4", "2x2"),
    ("three-layer-convnet", (3, 1, 8)): too_small("maxpool1", (32, 1, 8), "2x2", "1x8"),
    (
        "vgg6-bn",
        (27,),
    ): "Network: conv1 does not fit its input (27,): Conv: its input must be an image (C, H, W); got (27,)",
}
REFUSED_OPTIONS = [
    ("vgg6-bn", {"filters": 3}, "build: vgg6-bn has no option 'filters'; it has none"),
    ("fully-connected", {"widths": 3}, "build: fully-connected has no option 'widths'; it has hidden, norm, keep"),
    ("fully-connected", {"norm": "group"}, "fully-connected: norm must be one of none, batch, layer; got 'group'"),
    ("resnet18", {"width": 0}, "resnet18: width must be a whole number of at least 1; got 0"),
    ("mobilenet-small", {"width": 0}, "mobilenet-small: width must be positive and finite; got 0"),
    ("densenet-small", {"depth": 1.5}, "densenet-small: depth must be a whole number of at least 1; got 1.5"),
    ("fully-connected", {"keep": 0}, "Dropout: keep must lie in (0, 1]; got 0"),
    ("fully-connected", {"hidden": (3, 0)}, "Affine: out must be a whole number of at least 1; got 0"),
    (
        "three-layer-convnet",
        {"kernel": 4},
        "three-layer-convnet: kernel must be odd, so that padding keeps the image's size; got 4",
    ),
]


@pytest.mark.parametrize(("name", "shape"), REFUSED)
def test_a_model_that_cannot_be_built_is_refused(name, shape):
    with pytest.raises(ShapeError) as refused:
        build(name, shape, 10)
    assert str(refused.value) == REFUSED[name, shape]


@pytest.mark.parametrize(("name", "options", "message"), REFUSED_OPTIONS)
def test_a_wrong_option_is_refused(name, options, message):
    with pytest.raises(ShapeError) as refused:
        build(name, (3, 32, 32), 10, **options)
    assert str(refused.value) == message
