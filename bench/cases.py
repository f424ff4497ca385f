"""The steps that are timed: networks by name, batch size, and the same network in PyTorch."""

from typing import Any, NamedTuple

import numpy as np

from pellucid.nets import Affine, BatchNorm, Flatten, Network, ReLU, build


class Case(NamedTuple):
    """One training step: a network, its input and its batch."""

    name: str
    batch: int
    input_shape: tuple[int, ...]
    classes: int


CASES = [
    Case("mlp 10-46-46-10", 128, (10,), 10),
    Case("mlp 3072-100x4-10", 100, (3, 32, 32), 10),
    Case("mlp 3072-100x4-10 bn", 100, (3, 32, 32), 10),
    Case("three-layer-convnet", 50, (3, 32, 32), 10),
    Case("vgg6-bn", 64, (3, 32, 32), 10),
    Case("resnet9", 64, (3, 32, 32), 10),
]


def pellucid_network(case: Case) -> Network:
    """Return the network of a case."""
    if not case.name.startswith("mlp"):
        return build(case.name, case.input_shape, case.classes)
    sizes = [46, 46] if "46" in case.name else [100] * 4
    norm: list[Any] = [BatchNorm()] if case.name.endswith("bn") else []
    layers = [layer for size in sizes for layer in (Affine(size), *norm, ReLU())]
    return Network([Flatten(), *layers, Affine(case.classes)], case.input_shape)


def torch_network(case: Case) -> Any:
    """Return the same network in PyTorch, made from the lowered operations, so that the two cannot differ."""
    from bench.torch_network import from_program

    return from_program(pellucid_network(case))


def batch_of(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (N, ...) float32 and labels (N,)."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((case.batch, *case.input_shape)).astype(np.float32)
    return x, rng.integers(0, case.classes, case.batch)
