"""Cases of instance normalization."""

from tests.layer_cases import IMAGE, LayerCases, call, edit, normal, plant

from pellucid.layers import instancenorm_backward, instancenorm_forward
from pellucid.nets import Affine, Conv, InstanceNorm, Network, ReLU

INPUTS = (instancenorm_forward, normal((2, 3, 2, 4), (3,), (3,)))


def normed(shape, **settings):
    return call("instancenorm", shape, shape[1:2], shape[1:2], **settings)


def over_images(g, dout, c):
    d = dout * c.gamma[:, None, None]
    mean, var = d.mean(axis=(0, 2, 3), keepdims=True), (d * c.x_hat).mean(axis=(0, 2, 3), keepdims=True)
    return c.inv_std[..., None] * (d - mean - c.x_hat * var)


CASES = LayerCases(
    kind="instancenorm",
    calls=[normed((1, 1, 1, 2)), normed((2, 6, 3, 5), eps=0.1), normed((1, 17, 31, 2)), normed((3, 3, 5, 33))],
    with_channels=lambda c: [normed((2, c, 5, 4))],
    planted={
        "instancenorm: means over the batch": plant(INPUTS, edit(instancenorm_backward, g0=over_images), 0),
        "instancenorm: dgamma of one image": plant(
            INPUTS, edit(instancenorm_backward, g1=lambda g, d, c: (d * c.x_hat)[0].sum(axis=(1, 2))), 1
        ),
    },
    networks={"instancenorm": ([Conv(5, 3), InstanceNorm(1e-3), ReLU(), InstanceNorm(), Affine(3)], IMAGE)},
    descriptions=[InstanceNorm(1e-3)],
    refused={
        "instances of features": (
            lambda: Network([InstanceNorm()], (4,)),
            ["instancenorm1", "its input must be an image"],
        ),
        "eps of instances": (lambda: InstanceNorm(0), ["InstanceNorm: eps must be positive and finite; got 0"]),
    },
    drawn=lambda draw, shape: InstanceNorm(draw.eps()) if len(shape) == 3 else None,
    often=2,
    torch_modules=lambda nn: [(nn.InstanceNorm2d(3), (3, 5, 4)), (nn.InstanceNorm2d(3, affine=True), (3, 5, 4))],
    onnx_operators=["InstanceNormalization"],
    onnx_node_tests=["instancenorm_example", "instancenorm_epsilon"],
)
