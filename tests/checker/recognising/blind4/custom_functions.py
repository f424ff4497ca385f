import math

import torch
import torch.nn as nn


class MemorySwish(torch.autograd.Function):
    """x * sigmoid(x), without keeping the sigmoid."""

    @staticmethod
    def forward(ctx, i):
        ctx.save_for_backward(i)
        return i * torch.sigmoid(i)

    @staticmethod
    def backward(ctx, grad_output):
        i, = ctx.saved_tensors
        s = torch.sigmoid(i)
        return grad_output * (s * (1 + i * (1 - s)))


class MyLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        output = input.mm(weight.t())
        if bias is not None:
            output += bias.unsqueeze(0).expand_as(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        grad_input = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_input = grad_output.mm(weight)
        if ctx.needs_input_grad[1]:
            grad_weight = grad_output.t().mm(input)
        if bias is not None and ctx.needs_input_grad[2]:
            grad_bias = grad_output.sum(0)
        return grad_input, grad_weight, grad_bias


class MishFn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        sp = torch.log(1 + torch.exp(x))
        t = torch.tanh(sp)
        ctx.save_for_backward(x, t)
        return x * t

    @staticmethod
    def backward(ctx, g):
        x, t = ctx.saved_tensors
        return g * (t + x * (1 + t * t) * torch.sigmoid(x))


class UnitLength(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        length = x.pow(2).sum(dim=1, keepdim=True).sqrt()
        u = x / length
        ctx.save_for_backward(u, length)
        return u

    @staticmethod
    def backward(ctx, g):
        u, length = ctx.saved_tensors
        return (g - u * (u * g).sum(dim=1, keepdim=True)) / length


class RootMeanSquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps=1e-6):
        inv = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        normed = x * inv
        ctx.save_for_backward(normed, inv, weight)
        return normed * weight

    @staticmethod
    def backward(ctx, grad):
        normed, inv, weight = ctx.saved_tensors
        gw = grad * weight
        grad_x = inv * (gw - normed * (gw * normed).sum(-1, keepdim=True))
        grad_w = (grad * normed).sum(0)
        return grad_x, grad_w, None


class RoundSTE(torch.autograd.Function):
    """Rounds on the way in, lets the gradient pass on the way back (straight-through)."""

    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, g):
        return g
