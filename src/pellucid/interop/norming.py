"""Layers without arrays of their own yet, as formulas compute them: factors and shifts that follow a norm become its own."""

from pellucid.interop.assembly import Filled
from pellucid.interop.values import ReadValue, Values
from pellucid.nets import Description, GroupNorm, InstanceNorm, LayerNorm, Operation, RMSNorm, Transpose

__all__ = ["NormedValues"]


class NormedValues(Values):
    """Values, with norms among them that scale nothing yet."""

    def unlearned(self, layer: Description, value: ReadValue) -> ReadValue:
        """Return what a layer makes whose arrays keep their first values, unless factors and shifts follow it."""
        arrays: dict[str, Filled] = {}

        def filled(operation: Operation) -> dict[str, Filled]:
            names = {name: name.removeprefix(f"{operation.home}.") for name in operation.params}
            return {name: arrays.get(own, Filled(None, learns=False)) for name, own in names.items()}

        node = self.assembly.call(layer, [self.node(value)], filled)
        if isinstance(layer, GroupNorm | InstanceNorm | LayerNorm | RMSNorm):
            self.unscaled[node] = arrays
        return ReadValue(node, node.shape)

    def over_channels(self, layer: Description, value: ReadValue) -> ReadValue:
        """Return what a norm of the last axis makes of the channels, which are moved there and back."""
        rank = len(value.shape)
        made = self.unlearned(layer, self.transposed(value, (*range(1, rank), 0)))
        back = self.layer(Transpose((rank - 1, *range(rank - 1))), made)
        self.unscaled[back.node] = self.unscaled.pop(made.node)
        return back
