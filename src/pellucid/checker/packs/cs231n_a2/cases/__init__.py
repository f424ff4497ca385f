"""The cases of assignment 2: which maker belongs to which function.

What lives here: cases of layers, losses, update rules, dropout and networks, their inputs and their invariants. What does not: which
mistakes the cases are to show (`mistakes/`).
"""

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.dropout import DROPOUT_CASES
from pellucid.checker.packs.cs231n_a2.cases.inputs import (
    TRAIN,
    affine,
    convolution,
    groups_norm,
    images_norm,
    norm_rows,
    pooling,
    relu,
)
from pellucid.checker.packs.cs231n_a2.cases.layers import Input, LayerCases, Maker
from pellucid.checker.packs.cs231n_a2.cases.losses import losses
from pellucid.checker.packs.cs231n_a2.cases.networks import NETWORK_CASES
from pellucid.checker.packs.cs231n_a2.cases.rules import rules
from pellucid.checker.packs.cs231n_a2.editions import groupnorm_is_flat

__all__ = ["CASES"]

Generator = np.random.Generator


def sandwiches(layer: LayerCases, *, image: bool, norm: bool = False, pool: bool = False) -> tuple[Maker, Maker]:
    def inputs(draw: Generator) -> list[Input]:
        made = []
        for name, values, tags in convolution(draw)[:5] if image else affine(draw)[:3]:
            values = dict(values)
            if norm:
                f = len(values["b"])
                values |= {
                    "gamma": draw.uniform(0.5, 2, size=f),
                    "beta": draw.normal(size=f),
                    "bn_param": {"mode": TRAIN},
                }
            if pool:
                values["pool_param"] = {"pool_height": 2, "pool_width": 2, "stride": 1}
                n, f, h, w = values["dout"].shape
                values["dout"] = draw.normal(size=(n, f, h - 1, w - 1))
            made.append((name, values, tuple(t for t in tags if t != "measure")))
        return made

    return layer.forwards(inputs), layer.backwards(inputs)


def _or_flat(maker: Maker) -> Maker:
    """Hand gamma and beta over as (C,) where a group norm cannot take (1, C, 1, 1) and its description says (C,)."""

    def make(draw: Generator, options: Options) -> list[Case]:
        cases = maker(draw, options)
        if not groupnorm_is_flat(options):
            return cases
        flat = {"or_flat": ["gamma", "beta"]}
        return [
            replace(case, steps=[{**s, **flat} if s.get("function") == GROUPNORM else s for s in case.steps])
            for case in cases
        ]

    return make


GROUPNORM = "spatial_groupnorm_forward"
RUNNING = {"running_mean": ["bn_param", "running_mean"], "running_var": ["bn_param", "running_var"]}


def _table() -> dict[str, Maker]:
    table: dict[str, Maker] = {}

    def add(layer: LayerCases, inputs: Any) -> None:
        table[layer.forward] = layer.forwards(inputs)
        table[layer.backward] = layer.backwards(inputs)

    add(LayerCases("affine_forward", "affine_backward", "x w b", "dx dw db"), affine)
    add(LayerCases("relu_forward", "relu_backward", "x", "dx"), relu)
    batch = LayerCases("batchnorm_forward", "batchnorm_backward", "x gamma beta bn_param", "dx dgamma dbeta", RUNNING)
    add(batch, norm_rows("bn_param"))
    add(
        LayerCases("layernorm_forward", "layernorm_backward", "x gamma beta ln_param", "dx dgamma dbeta"),
        norm_rows("ln_param"),
    )
    add(LayerCases("conv_forward_naive", "conv_backward_naive", "x w b conv_param", "dx dw db"), convolution)
    add(LayerCases("max_pool_forward_naive", "max_pool_backward_naive", "x pool_param", "dx"), pooling)
    spatial = LayerCases(
        "spatial_batchnorm_forward", "spatial_batchnorm_backward", "x gamma beta bn_param", "dx dgamma dbeta", RUNNING
    )
    add(spatial, images_norm)
    add(
        LayerCases(
            "spatial_groupnorm_forward", "spatial_groupnorm_backward", "x gamma beta G gn_param", "dx dgamma dbeta"
        ),
        groups_norm,
    )
    for name in ("spatial_groupnorm_forward", "spatial_groupnorm_backward"):
        table[name] = _or_flat(table[name])
    for name, arguments, gradients, options in (
        ("affine_relu", "x w b", "dx dw db", {"image": False}),
        ("conv_relu", "x w b conv_param", "dx dw db", {"image": True}),
        (
            "conv_bn_relu",
            "x w b gamma beta conv_param bn_param",
            "dx dw db dgamma dbeta",
            {"image": True, "norm": True},
        ),
        ("conv_relu_pool", "x w b conv_param pool_param", "dx dw db", {"image": True, "pool": True}),
    ):
        layer = LayerCases(f"{name}_forward", f"{name}_backward", arguments, gradients)
        table[layer.forward], table[layer.backward] = sandwiches(layer, **options)
    table["softmax_loss"], table["svm_loss"] = losses("softmax_loss"), losses("svm_loss")
    table["sgd"] = rules("sgd", ())
    table["sgd_momentum"] = rules("sgd_momentum", ("velocity",), momentum=0.9)
    table["rmsprop"] = rules("rmsprop", ("cache",), decay_rate=0.99, epsilon=1e-8)
    table["adam"] = rules("adam", ("m", "v", "t"), beta1=0.9, beta2=0.999, epsilon=1e-8)
    return table


CASES = _table() | DROPOUT_CASES | NETWORK_CASES
