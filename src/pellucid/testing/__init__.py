"""The contract of a layer, as a function: `check_layer` runs it on a layer that anyone wrote.

What lives here: the checks that the library's own layers pass, for layers from outside the package. What does not: the recognition
of mistakes (that is `checker/`), and the library's own tests, which call this room.
"""

from pellucid.testing.check_layer import LayerCheckError, LayerReport, check_layer

__all__ = ["LayerCheckError", "LayerReport", "check_layer"]
