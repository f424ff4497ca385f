"""Assignment 1 of CS231n, 2016 to 2026: k-nearest neighbours, linear classifiers, the network with one hidden layer."""

from pellucid.checker.packs.cs231n_a1.pack import PACK

__all__ = ["PACK"]
