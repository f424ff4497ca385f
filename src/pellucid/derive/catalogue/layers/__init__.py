"""Layers: one file for each, together with its variants (batch norm by feature and by channel, both kinds of dropout).

Activations, losses and sandwiches have rooms of their own."""

__all__: list[str] = []
