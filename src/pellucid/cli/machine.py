"""The command `info`."""

from pellucid.cli.ending import say

__all__ = ["info"]


def info() -> None:
    """Print versions, the table of layers in use and why, the instruction set, threads and data folders."""
    from pellucid.information import information

    say("\n".join(f"{name:<16} {value}" for name, value in information().items()))
