"""One file a layer: its example calls, networks and settings. Tests of every room walk over `CASES`.

A new layer adds one file here, whose `CASES` is a `LayerCases`; `tanh.py` is a short example, `conv.py` a long one.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.layer_cases import LayerCases

FILES = {module.name: import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)}
CASES: dict[str, LayerCases] = {file.CASES.kind: file.CASES for file in FILES.values()}
CALLS = [call for case in CASES.values() for call in case.calls]


def every_network(bridge: str | None = None) -> dict[str, tuple[list, tuple]]:
    """Return the example networks of all layers, or of those that have this bridge, by name."""
    networks: dict[str, tuple[list, tuple]] = {}
    for case in CASES.values():
        if bridge is None or bridge in case.bridges:
            assert networks.keys().isdisjoint(case.networks), (
                f"{case.kind}: another layer has a network of the same name"
            )
            networks |= case.networks
    return networks
