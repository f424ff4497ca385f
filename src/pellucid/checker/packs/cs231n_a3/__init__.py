"""Assignment 3 of CS231n, 2016 to 2024: recurrent layers in NumPy, and the captioning network on them."""

from pellucid.checker.packs.cs231n_a3.pack import PACK

__all__ = ["PACK"]
