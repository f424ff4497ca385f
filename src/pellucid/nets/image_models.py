"""Named models for small images (CIFAR-10's 32x32): residual, depthwise separable and densely connected networks.

A model is a list of layers, or, where that cannot say it, a function from the node of the images to that of the scores.
"""

from collections.abc import Callable

from pellucid.layers import Affine, AvgPool, BatchNorm, Concat, Conv, Description, GlobalAvgPool, Node, ReLU, ReLU6
from pellucid.nets.residual import Residual
from pellucid.shapes import check_number, check_whole

__all__ = ["densenet_small", "mobilenet_small", "resnet18"]

# Of mobilenet-small's stages: filters inside for each channel outside, channels outside, blocks, stride of the first.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 2, 2), (6, 64, 2, 2), (6, 96, 1, 1))


def resnet18(classes: int, *, width: int = 64) -> list[Description]:
    """Conv-BN-ReLU, eight residuals of two 3x3 convolutions in four stages, mean, affine; for small images: no max pool.

    width is the number of filters of the first stage; each later stage has twice as many at half the size (He et al. 2016).
    """
    check_whole("resnet18", "width", width)
    layers: list[Description] = [Conv(width, 3, pad=1), BatchNorm(), ReLU()]
    channels = width
    for stage in range(4):
        for block in range(2):
            filters, stride = width << stage, 2 if stage and not block else 1
            layers += [_basic(channels, filters, stride), ReLU()]
            channels = filters
    return [*layers, GlobalAvgPool(), Affine(classes)]


def mobilenet_small(classes: int, *, width: float = 1.0) -> list[Description]:
    """MobileNetV2 for small images: 3x3 stem 32, eight inverted residuals with ReLU6, 1x1 to 384, mean, affine.

    width multiplies the channels of the blocks, rounded to multiples of 8 (Sandler et al. 2018).
    """
    check_number("mobilenet-small", "width", width, above=0)
    channels = _rounded(32 * width)
    layers = _conv_bn_relu6(channels, 3, pad=1)
    for expansion, outside, blocks, first_stride in STAGES:
        for block in range(blocks):
            filters, stride = _rounded(outside * width), 1 if block else first_stride
            layers += _inverted(channels, filters, expansion, stride)
            channels = filters
    return [*layers, *_conv_bn_relu6(4 * channels, 1), GlobalAvgPool(), Affine(classes)]


def densenet_small(classes: int, *, growth: int = 12, depth: int = 6) -> Callable[[Node], Node]:
    """DenseNet-BC: three dense blocks, in which each layer reads all before it; 1x1 and 2x2 mean pool between, mean, affine.

    growth is how many channels a layer adds, depth how many layers a block has (Huang et al. 2017).
    """
    check_whole("densenet-small", "growth", growth)
    check_whole("densenet-small", "depth", depth)

    def scores(images: Node) -> Node:
        features = Conv(2 * growth, 3, pad=1)(images)
        for block in range(3):
            if block:
                features = AvgPool(2)(_norm_relu_conv(features, features.shape[0] // 2, 1))
            for _ in range(depth):
                inside = _norm_relu_conv(features, 4 * growth, 1)
                features = Concat()(features, _norm_relu_conv(inside, growth, 3))
        return Affine(classes)(GlobalAvgPool()(ReLU()(BatchNorm()(features))))

    return scores


def _basic(channels: int, filters: int, stride: int) -> Residual:
    """Two 3x3 convolutions beside the input; beside a 1x1 convolution where the size or the channels change."""
    same = channels == filters and stride == 1
    return Residual(
        [Conv(filters, 3, stride=stride, pad=1), BatchNorm(), ReLU(), Conv(filters, 3, pad=1), BatchNorm()],
        () if same else [Conv(filters, 1, stride=stride), BatchNorm()],
    )


def _inverted(channels: int, filters: int, expansion: int, stride: int) -> list[Description]:
    """1x1 to more channels, 3x3 depthwise, 1x1 to few without an activation; beside the input where the shape stays."""
    inside = channels * expansion
    body = [
        *(_conv_bn_relu6(inside, 1) if expansion > 1 else ()),
        *_conv_bn_relu6(inside, 3, stride=stride, pad=1, groups=inside),
        Conv(filters, 1),
        BatchNorm(),
    ]
    return [Residual(body)] if channels == filters and stride == 1 else body


def _conv_bn_relu6(filters: int, kernel: int, *, stride: int = 1, pad: int = 0, groups: int = 1) -> list[Description]:
    return [Conv(filters, kernel, stride=stride, pad=pad, groups=groups), BatchNorm(), ReLU6()]


def _norm_relu_conv(features: Node, filters: int, kernel: int) -> Node:
    return Conv(filters, kernel, pad=kernel // 2)(ReLU()(BatchNorm()(features)))


def _rounded(channels: float) -> int:
    return max(8, round(channels / 8) * 8)
