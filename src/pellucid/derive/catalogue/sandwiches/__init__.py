"""Sandwiches, layers composed of other layers: one file for each. They are derived; their parts are explained."""

__all__: list[str] = []
