"""The pack: which functions, in which order, with which cases, known mistakes and conventions."""

import ast
from pathlib import Path

from pellucid.checker.packs.cs231n_a2.cases import CASES
from pellucid.checker.packs.cs231n_a2.dropout_cases import DROPOUT_CASES
from pellucid.checker.packs.cs231n_a2.editions import EDITIONS, adam_meaning, dropout_meaning
from pellucid.checker.packs.cs231n_a2.mistakes import KNOWN
from pellucid.checker.packs.cs231n_a2.network_cases import NETWORK_CASES
from pellucid.checker.packs.model import Function, Pack

__all__ = ["PACK"]

HERE = Path(__file__).parent
LAYERS = tuple(HERE / "reference" / f"{name}.py" for name in ("layers", "normalization", "images"))
RULES, NETWORKS = (HERE / "reference" / f"{name}.py" for name in ("rules", "networks"))
# Backwards whose cache is the course's own, so that one can be judged where its forward is missing.
LENT = ("affine", "relu", "conv", "max_pool")


MEANINGS = {"dropout_forward": dropout_meaning, "adam": adam_meaning}
ALIASES = {"batchnorm_backward": ("batchnorm_backward_alt",)}


def _function(name: str) -> Function:
    cases = CASES | DROPOUT_CASES | NETWORK_CASES
    forward = name.replace("backward", "forward") if "backward" in name else ""
    return Function(
        name,
        cases[name],
        KNOWN.get(name, ()),
        forward=forward,
        aliases=ALIASES.get(name, ()),
        lend=_lent(forward) if name.startswith(LENT) and "relu_" not in name.removeprefix("relu_") else "",
        network=name in NETWORK_CASES or name.split("_relu")[0] in ("affine", "conv", "conv_bn"),
        meaning=MEANINGS.get(name),
    )


def _lent(name: str) -> str:
    for path in LAYERS:
        text = path.read_text(encoding="utf-8")
        nodes = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == name]
        if nodes:
            return "import numpy as np\n\n\n" + (ast.get_source_segment(text, nodes[0]) or "") + "\n"
    return ""


PACK = Pack(
    name="cs231n-a2",
    title="CS231n, assignment 2 (2016 to 2026)",
    reference=(*LAYERS, RULES, NETWORKS),
    functions=[_function(name) for name in CASES | DROPOUT_CASES | NETWORK_CASES],
    editions=tuple(EDITIONS),
    framework_files=("rnn_layers_pytorch", "rnn_pytorch"),
    compiled={"cs231n/im2col_cython.py": (HERE / "reference" / "im2col_cython.py",)},
    stand_ins={f"cs231n/{name}.py": LAYERS for name in ("layers", "layer_utils", "fast_layers")},
)
