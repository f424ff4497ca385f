"""Cases of batch normalization of an image's channels."""

from tests.cases.batchnorm import batchnorm_dx, inferred
from tests.layer_cases import IMAGE, IMAGES, LayerCases, call, edit, normal, plant

from pellucid.layers import spatial_batchnorm_backward, spatial_batchnorm_forward
from pellucid.nets import Affine, BatchNorm

INPUTS = (spatial_batchnorm_forward, normal((2, 3, 2, 3), (3,), (3,)))


def drawn(draw, shape):
    return BatchNorm(draw.eps(), draw.either(0.0, 0.9, 1.0)) if len(shape) == 3 else None


def edited(**changes):
    return edit(spatial_batchnorm_backward, **changes)


def mean_over(rows):
    """dx where the means are sums divided by this number of rows."""

    def dx(g, dout, c):
        of_rows = batchnorm_dx(dout.transpose(0, 2, 3, 1).reshape(-1, 3), c.rows, rows=rows)
        return of_rows.reshape(2, 2, 3, 3).transpose(0, 3, 1, 2)

    return edited(g0=dx)


CASES = LayerCases(
    kind="spatial_batchnorm",
    calls=[
        *(call("spatial_batchnorm", shape, shape[1:2], shape[1:2]) for shape in IMAGES),
        call("spatial_batchnorm", (2, 3, 4, 5), (3,), (3,), eps=0.1),
        *(inferred("spatial_batchnorm_infer", *shape) for shape in IMAGES),
    ],
    with_channels=lambda c: [call("spatial_batchnorm", (2, c, 5, 4), (c,), (c,), eps=0.1)],
    planted={
        "spatial batchnorm: N for N H W": plant(INPUTS, mean_over(2), 0),
        "spatial batchnorm: H W for N H W": plant(INPUTS, mean_over(6), 0),
        "spatial batchnorm: channels mixed by a reshape": plant(
            INPUTS, edited(g0=lambda g, d, c: g.transpose(0, 2, 3, 1).reshape(g.shape)), 0
        ),
        "spatial batchnorm: dbeta by a reshape": plant(
            INPUTS, edited(g2=lambda g, d, c: d.reshape(-1, 3).sum(axis=0)), 2
        ),
    },
    networks={"spatial batchnorm": ([BatchNorm(eps=1e-3, decay=0.7), Affine(3)], IMAGE)},
    drawn=drawn,
    often=5,
    torch_modules=lambda nn: [(nn.BatchNorm2d(3, momentum=0.2), (3, 5, 4))],
)
