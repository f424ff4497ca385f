"""The pack: which functions, in which order, with which roles, cases, known mistakes and conventions."""

from pathlib import Path
from typing import Any

from pellucid.checker.asking.pack import Pack, PackFunction, Role
from pellucid.checker.packs.cs231n_a2.pack import PACK as A2
from pellucid.checker.packs.cs231n_a3.cases import CASES
from pellucid.checker.packs.cs231n_a3.mistakes import KNOWN
from pellucid.checker.packs.cs231n_a3.telltales import CELL_ALONE, LSTM_ALONE, REPEATED, STATE_ALONE

__all__ = ["PACK"]

HERE = Path(__file__).parent
RECURRENT, CAPTIONING = (HERE / "reference" / f"{name}.py" for name in ("recurrent", "captioning"))
LAYERS = A2.stand_ins["cs231n/layers.py"]


def _function(name: str, role: Role, **settings: Any) -> PackFunction:
    return PackFunction(name, CASES[name], KNOWN.get(name, ()), role, **settings)


def _pair(name: str, *, step: str = "", **settings: Any) -> tuple[PackFunction, PackFunction]:
    """Return a layer's forward and backward. step: the layer that it runs at each time."""
    forward, backward = f"{name}_forward", f"{name}_backward"
    made_of = [(f"{step}_{way}",) if step else () for way in ("forward", "backward")]
    return (
        _function(forward, "forward", made_of=made_of[0]),
        _function(backward, "backward", forward=forward, made_of=made_of[1], **settings),
    )


FUNCTIONS = (
    *_pair("rnn_step"),
    *_pair("rnn", step="rnn_step"),
    *_pair("word_embedding", telltales=(REPEATED,)),
    *_pair("lstm_step", telltales=(STATE_ALONE, CELL_ALONE)),
    *_pair("lstm", step="lstm_step"),
    *_pair("temporal_affine"),
    _function("temporal_softmax_loss", "loss"),
    _function("CaptioningRNN", "network", uses_layers=True, parameters="params", telltales=(LSTM_ALONE,)),
    _function("CaptioningRNN.sample", "network", uses_layers=True, telltales=(LSTM_ALONE,)),
)

PACK = Pack(
    name="cs231n-a3",
    title="CS231n, assignment 3 (2016 to 2024)",
    reference=(*LAYERS, RECURRENT, CAPTIONING),
    functions=FUNCTIONS,
    editions=range(2016, 2025),
    framework_files=("rnn_layers_pytorch", "rnn_pytorch", "transformer_layers", "transformer", "gan_pytorch", "gan_tf"),
    stand_ins={
        "cs231n/rnn_layers.py": (RECURRENT,),
        **{f"cs231n/{name}.py": LAYERS for name in ("layers", "layer_utils")},
    },
    package="cs231n",
    subpackages=("classifiers",),
    supplied_files=(
        *(
            "data_utils",
            "gradient_check",
            "vis_utils",
            "solver",
            "im2col",
            "captioning_solver",
            "coco_utils",
            "image_utils",
        ),
        *(
            "layers",
            "layer_utils",
            "fast_layers",
            "optim",
            "simclr",
            "net_visualization_pytorch",
            "net_visualization_tensorflow",
        ),
        *("style_transfer_pytorch", "style_transfer_tensorflow", "squeezenet", "pretrained_cnn"),
    ),
    public=True,
)
