# tinygraph: the smallest autograd that still learns something
import numpy as np


class Context:
    def __init__(self):
        self.saved = ()

    def keep(self, *arrays):
        self.saved = arrays


class Op:
    @classmethod
    def run(cls, *args):
        ctx = Context()
        return cls.forward(ctx, *args), ctx


def fold(grad, shape):
    """Sums a gradient back to the shape that was broadcast."""
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


class MatMul(Op):
    @staticmethod
    def forward(ctx, a, b):
        ctx.keep(a, b)
        return a @ b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return grad @ b.T, a.T @ grad


class Add(Op):
    @staticmethod
    def forward(ctx, a, b):
        ctx.keep(a.shape, b.shape)
        return a + b

    @staticmethod
    def backward(ctx, grad):
        left, right = ctx.saved
        return fold(grad, left), fold(grad, right)


class Hadamard(Op):
    @staticmethod
    def forward(ctx, a, b):
        ctx.keep(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return grad * a, grad * b


class Elu(Op):
    @staticmethod
    def forward(ctx, x, alpha=1.0):
        out = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
        ctx.keep(x, out)
        return out

    @staticmethod
    def backward(ctx, grad):
        x, out = ctx.saved
        return grad * np.where(x > 0, 1.0, out)


class LogSumExp(Op):
    @staticmethod
    def forward(ctx, x):
        top = x.max(axis=-1, keepdims=True)
        e = np.exp(x - top)
        total = e.sum(axis=-1, keepdims=True)
        ctx.keep(e / total)
        return (top + np.log(total))[..., 0]

    @staticmethod
    def backward(ctx, grad):
        (weights,) = ctx.saved
        return grad[..., None] * weights


class MeanRows(Op):
    @staticmethod
    def forward(ctx, x):
        ctx.keep(x.shape)
        return x.mean(axis=0)

    @staticmethod
    def backward(ctx, grad):
        (shape,) = ctx.saved
        return np.broadcast_to(grad, shape).copy()


class HardSwish(Op):
    @staticmethod
    def forward(ctx, x):
        ctx.keep(x)
        return x * np.clip(x + 3, 0, 6) / 6

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved
        slope = np.where(x <= -3, 0.0, np.where(x >= 3, 1.0, (2 * x + 3) / 6))
        return grad * slope
