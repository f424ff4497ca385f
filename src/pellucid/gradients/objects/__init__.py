"""Layers that are objects, as the pair of functions that `gradcheck` compares.

What lives here: finding forward and backward of an object (`spellings.py`), its parameters and where their gradients are left
(`places.py`), and the pair made of them (`pair.py`). What does not: recognising what a layer computes (`checker`).
"""

from pellucid.gradients.objects.context import context_pair, takes_context
from pellucid.gradients.objects.pair import LayerPair, pair_of
from pellucid.gradients.objects.spellings import layer_given

__all__ = ["LayerPair", "context_pair", "layer_given", "pair_of", "takes_context"]
