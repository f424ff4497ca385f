"""What joins several values in a plan: sums, and concatenations. Outside plans, the table keeps the reference's entries."""

__all__: list[str] = []
