"""Networks of copies: without a last layer, with ReLU between layers, wider, or with usual first values."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pellucid.doctor.prescription import Prescription
from pellucid.layers import Affine, Description, ReLU
from pellucid.nets import Network
from pellucid.nets.initialise import first_value

__all__ = ["prescribed_network", "usual_first_values"]


def usual_first_values(net: Network) -> None:
    """Give a network the first values that it would have with init="he", whatever its layers ask for."""
    for number, (name, parameter) in enumerate(net.program.params.items()):
        net.params[name] = first_value(parameter._replace(init="he"), "he", seed=net.seed, number=number)


def prescribed_network(net: Network, prescription: Prescription) -> Network:
    """Return the network that is prescribed: this one, or a new one with the same values where shapes are the same.

    A graph stays as it is: only lists of layers are changed.
    """
    if net.graph is not None or not (prescription.drop_last or prescription.rectified or prescription.units):
        return net
    layers: Sequence[Description] = net.layers[:-1] if prescription.drop_last else net.layers
    if prescription.rectified:
        layers = [*_rectified(layers)]
    if prescription.units is not None:
        layers = _widened(layers, prescription.units)
    init = "he" if prescription.usual_weights else net.init
    other = Network(layers, net.input_shape, seed=net.seed, init=init, dtype=net.dtype, name=net.name)
    for name, array in other.params.items():
        if name in net.params and net.params[name].shape == array.shape:
            other.params[name] = net.params[name]
    other.freeze(*(net.frozen & (set(other.params) | set(other.state))))
    return other


def _rectified(layers: Sequence[Description]) -> Iterator[Description]:
    """Yield the layers with ReLU in place of activations with flat ends, and between layers with weights that follow directly."""
    bare = False  # whether weights came, and no activation since
    for layer in layers:
        has_weights = type(layer).__name__ in ("Affine", "Conv")
        if has_weights and bare:
            yield ReLU()
        squeezes = type(layer).__name__ in ("Sigmoid", "Tanh", "HardSigmoid")
        yield ReLU() if squeezes else layer
        bare = has_weights or (
            bare and type(layer).__name__ in ("BatchNorm", "Dropout", "Flatten", "MaxPool", "AvgPool")
        )


def _widened(layers: Sequence[Description], units: int) -> list[Description]:
    """Return the layers with at least that many units in every affine layer but the last."""
    places = [place for place, layer in enumerate(layers) if isinstance(layer, Affine)][:-1]
    return [
        replace(layer, out=max(units, layer.out)) if place in places and isinstance(layer, Affine) else layer
        for place, layer in enumerate(layers)
    ]
