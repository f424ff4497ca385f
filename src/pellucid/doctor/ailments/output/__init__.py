"""Ailments of outputs and loss (DR3..)."""

__all__: list[str] = []
