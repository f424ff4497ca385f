"""Cases of the dropout of whole channels."""

from tests.cases.dropout import dropped
from tests.layer_cases import IMAGE, SHAPES, LayerCases, normal, plant

from pellucid.layers import channel_dropout_forward
from pellucid.nets import Affine, ChannelDropout

INPUTS = (lambda x: channel_dropout_forward(x, 0.7, (1, 2, 3)), normal((4, 5, 2, 3)))

CASES = LayerCases(
    kind="channel_dropout",
    calls=[
        dropped("channel_dropout", shape, keep) for shape, keep in zip(SHAPES[2:], (0.5, 0.1, 1.0, 0.6), strict=True)
    ],
    with_channels=lambda c: [dropped("channel_dropout", (2, c, 5, 4), 0.6)],
    planted={
        "channel dropout: without 1 / keep": plant(INPUTS, lambda d, c: d * c.mask[:, :, None, None], 0),
        "channel dropout: no mask": plant(INPUTS, lambda d, c: d / c.keep, 0),
        "channel dropout: another mask": plant(
            INPUTS, lambda d, c: channel_dropout_forward(d, c.keep, (1, 2, 4))[0], 0
        ),
    },
    networks={"channel dropout": ([ChannelDropout(keep=0.6), Affine(3)], IMAGE)},
    descriptions=[ChannelDropout(keep=0.3)],
    refused={"keep of channels": (lambda: ChannelDropout(0), ["ChannelDropout: keep must lie in (0, 1]; got 0"])},
    drawn=lambda draw, shape: ChannelDropout(keep=draw.either(0.5, 0.8, 1.0)),
    torch_modules=lambda nn: [(nn.Dropout2d(0.25), (4, 3, 2))],
)
