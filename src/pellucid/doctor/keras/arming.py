"""Armed: stands in front of a model's function for one call, to see its batch; Keras hands callbacks none."""

import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["Armed"]


class Armed:
    """Takes itself off as soon as it is called, so that a model is not left with it, however `fit` ends.

    read(data) is called before the model's own function, with the batch that Keras hands to it as its last argument, alone or in a
    list.
    """

    def __init__(self, model: Any, name: str, read: Callable[[Any], None]) -> None:
        self._model, self._name, self._read = weakref.ref(model), name, read
        self._was_set = name in vars(model)
        self._own = getattr(model, name)
        if isinstance(self._own, Armed):  # left by a fit that ended before its step began
            self._own.take_off()
            self._was_set, self._own = name in vars(model), getattr(model, name)
        setattr(model, name, self)

    def __call__(self, *args: Any) -> Any:
        """Put the model's own function back, read the batch, call the function."""
        self.take_off()
        data = args[-1]
        self._read(data[0] if isinstance(data, list) and len(data) == 1 else data)
        return self._own(*args)

    def take_off(self) -> None:
        """Put the model's own function back, unless another one is there by now."""
        model = self._model()
        if model is None or vars(model).get(self._name) is not self:
            return
        if self._was_set:
            setattr(model, self._name, self._own)
        else:
            delattr(model, self._name)
