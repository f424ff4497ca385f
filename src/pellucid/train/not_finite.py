"""The error of a step whose loss or gradient is NaN or infinite."""

__all__ = ["NotFiniteError"]


class NotFiniteError(ArithmeticError):
    """The loss or a gradient became NaN or infinite. The step was not made."""

    def __init__(self, step: int, where: str, loss: float) -> None:
        super().__init__(
            f"step {step}: the loss is {loss}; the first value that is not finite appears in {where}. "
            "The step was not made. Common causes: a learning rate too large, inputs not standardized."
        )
        self.step, self.where, self.loss = step, where, loss
