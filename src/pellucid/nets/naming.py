"""Names of operations: conv1, conv2, ... by kind; in a network within a network, after its own name: network1.conv1.

The name of a layer is where its parameters are found. A layer that is called again keeps its name, and so its parameters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Names"]


class Names:
    """Hands out names in the order in which layers are lowered."""

    def __init__(self) -> None:
        self.scope = ""  # "network1." inside of that network
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by scope
        self.taken: set[str] = set()
        self.given: list[str] = []  # all, in order, also those given again
        self.repeated: Iterator[str] | None = None  # those that a layer called again had the first time

    def next(self, prefix: str, *, own: str = "") -> str:
        """Return the next free name: conv1, conv2, ... (a Function may be called conv1 already); `own` itself where it is free."""
        name = self._free(prefix, own) if self.repeated is None else next(self.repeated)
        self.given.append(name)
        return name

    def _free(self, prefix: str, own: str) -> str:
        if own and self.scope + own not in self.taken:
            self.taken.add(self.scope + own)
            return self.scope + own
        prefix, counts = own or prefix, self.counts[self.scope]
        while True:
            counts[prefix] += 1
            name = f"{self.scope}{prefix}{counts[prefix]}"
            if name not in self.taken:
                self.taken.add(name)
                return name

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Give names inside of a network."""
        outside, self.scope = self.scope, f"{name}."
        try:
            yield
        finally:
            self.scope = outside

    @contextmanager
    def again(self, names: list[str] | None) -> Iterator[None]:
        """Give these names again. None: new ones. Within a layer that is called again, its own names hold already."""
        outermost = names is not None and self.repeated is None
        if outermost:
            self.repeated = iter(names or ())
        try:
            yield
        finally:
            if outermost:
                self.repeated = None
