"""Assignment 2 of CS231n, 2016 to 2026: layers, losses, update rules and networks."""

from pellucid.checker.packs.cs231n_a2.pack import PACK

__all__ = ["PACK"]
