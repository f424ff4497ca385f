"""Update rules: one file for each. They are explained, not derived; their formulas are in `optim/rules.py`."""

__all__: list[str] = []
