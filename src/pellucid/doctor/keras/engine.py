"""What differs between Keras's backends: gradients of a function of tensors, and random states that are left as they were."""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state  # Keras has no public way to leave its own generator as it was

__all__ = ["as_array", "backend", "copied", "left_as_it_was", "value_and_gradients"]

GENERATOR = "global_seed_generator"


def backend() -> str:
    """Return the name of the backend: "torch", "jax" or "tensorflow"."""
    return str(keras.backend.backend())


def as_array(tensor: Any) -> Any:
    """Return a tensor as a NumPy array, which may share its memory."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def copied(tensor: Any) -> Any:
    """Return a copy of a tensor or array as a tensor of the backend, apart from any graph."""
    if backend() == "torch":
        return keras.ops.convert_to_tensor(tensor).detach().clone()
    return keras.ops.convert_to_tensor(np.array(as_array(tensor)))


def value_and_gradients(
    function: Callable[[Sequence[Any]], tuple[Any, Any]], values: Sequence[Any]
) -> tuple[Any, Any, list[Any]]:
    """Return the value (a scalar) of a function, the rest that it returns, and the gradient by each tensor, or None."""
    if backend() == "torch":
        return _of_torch(function, values)
    if backend() == "jax":
        import jax

        (value, rest), found = jax.value_and_grad(function, has_aux=True)(list(values))
        return value, rest, list(found)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        for one in values:
            tape.watch(one)
        value, rest = function(values)
    return value, rest, tape.gradient(value, list(values))


def _of_torch(
    function: Callable[[Sequence[Any]], tuple[Any, Any]], values: Sequence[Any]
) -> tuple[Any, Any, list[Any]]:
    import torch

    with torch.enable_grad():
        leaves = [one.detach().requires_grad_(True) for one in values]
        value, rest = function(leaves)
        found = torch.autograd.grad(value, leaves, allow_unused=True) if value.requires_grad else [None] * len(leaves)
    return value.detach(), [one.detach() for one in rest], list(found)


@contextlib.contextmanager
def left_as_it_was(model: Any) -> Iterator[None]:
    """Do something with a model, without gradients; afterwards all random states are what they were, and buffers of PyTorch's."""
    python, numpy, own = random.getstate(), np.random.get_state(), global_state.get_global_attribute(GENERATOR)
    with contextlib.ExitStack() as stack:
        stack.callback(random.setstate, python)
        stack.callback(np.random.set_state, numpy)
        stack.callback(global_state.set_global_attribute, GENERATOR, own)
        if backend() == "torch":
            _enter_torch(stack, model)
        yield


def _enter_torch(stack: contextlib.ExitStack, model: Any) -> None:
    import torch

    stack.enter_context(torch.random.fork_rng())
    stack.enter_context(torch.no_grad())
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    stack.callback(lambda: [buffer.copy_(was) for buffer, was in buffers])
