"""Layers: one file for each, together with its variants (batch norm by feature and by channel, both kinds of dropout)."""

__all__: list[str] = []
