"""Networks that a bridge is tested with: the named models, and those of the layers' cases that have this bridge."""

from functools import partial

from tests.cases import every_network
from tests.network_checks import shaken

from pellucid.nets import MODELS, Network, build

SMALL = {
    "resnet18": {"width": 8},
    "mobilenet-small": {"width": 0.5},
    "densenet-small": {"depth": 2},
}  # as good, and quicker


def networks(bridge):
    """Return what makes each network, by name, with weights that are not at their first values."""
    models = {name: partial(model, name) for name in MODELS}
    return models | {name: partial(example, *given) for name, given in every_network(bridge).items()}


def model(name):
    return shaken(build(name, (3, 32, 32), 10, **SMALL.get(name, {})))


def example(layers, shape, **options):
    return shaken(Network(layers, shape, **options))
