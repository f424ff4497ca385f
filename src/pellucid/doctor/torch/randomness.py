"""The random state of PyTorch, NumPy and Python, left as it was: also that of NumPy's old generator, from which loops draw."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch

__all__ = ["same_random_state"]


@contextlib.contextmanager
def same_random_state(seed: int | None = None) -> Iterator[None]:
    """Put every random state back afterwards; with a seed, PyTorch draws from it meanwhile."""
    python, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=devices):
            if seed is not None:
                torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy_state)  # noqa: NPY002
