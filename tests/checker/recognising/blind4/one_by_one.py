'''One example goes through at a time. Vectors are flat, learning happens inside backprop.'''
import numpy as np


class Neurons:
  '''A fully connected layer.'''

  def __init__(self, n_in, n_out):
    self.w = np.random.randn(n_out, n_in) / n_in
    self.b = np.zeros(n_out)

  def forward(self, x):
    self.last_x = x
    return self.w @ x + self.b

  def backprop(self, d_out, learn_rate=0.01):
    d_in = self.w.T @ d_out
    self.w -= learn_rate * np.outer(d_out, self.last_x)
    self.b -= learn_rate * d_out
    return d_in


class HastyNeurons:
  '''The same with weights the other way round.'''

  def __init__(self, n_in, n_out):
    self.weights = np.random.randn(n_in, n_out) / n_in
    self.biases = np.zeros(n_out)

  def forward(self, x):
    self.last_x = x
    return x @ self.weights + self.biases

  def backprop(self, d_out, learn_rate=0.01):
    d_w = np.outer(self.last_x, d_out)
    self.weights -= learn_rate * d_w
    self.biases -= learn_rate * d_out
    return self.weights @ d_out


class SigmoidNeurons:
  '''Gradients pile up until someone calls zero_grad.'''

  def __init__(self, n_in, n_out):
    self.W = np.random.randn(n_out, n_in)
    self.b = np.random.randn(n_out)
    self.zero_grad()

  def zero_grad(self):
    self.dW = np.zeros_like(self.W)
    self.db = np.zeros_like(self.b)

  def forward(self, x):
    self.x = x
    self.a = 1.0 / (1.0 + np.exp(-(self.W @ x + self.b)))
    return self.a

  def backward(self, da):
    delta = da * self.a * (1 - self.a)
    self.dW += np.outer(delta, self.x)
    self.db += delta
    return self.W.T @ delta


class Filters3x3:
  '''Slides n filters over one grey image.'''

  def __init__(self, n):
    self.n = n
    self.filters = np.random.randn(n, 3, 3) / 9

  def patches(self, image):
    h, w = image.shape
    for i in range(h - 2):
      for j in range(w - 2):
        yield image[i:i + 3, j:j + 3], i, j

  def forward(self, image):
    self.last_image = image
    h, w = image.shape
    out = np.zeros((h - 2, w - 2, self.n))
    for patch, i, j in self.patches(image):
      out[i, j] = np.sum(patch * self.filters, axis=(1, 2))
    return out

  def backprop(self, d_out, learn_rate=0.01):
    d_filters = np.zeros(self.filters.shape)
    for patch, i, j in self.patches(self.last_image):
      for f in range(self.n):
        d_filters[f] += d_out[i, j, f] * patch
    self.filters -= learn_rate * d_filters
    return None


class WordReader:
  '''Reads vectors one after the other, answers after the last one.'''

  def __init__(self, n_in, n_out, n_hidden=6):
    self.Whh = np.random.randn(n_hidden, n_hidden) / 5
    self.Wxh = np.random.randn(n_hidden, n_in) / 5
    self.Why = np.random.randn(n_out, n_hidden) / 5
    self.bh = np.zeros(n_hidden)
    self.by = np.zeros(n_out)

  def forward(self, inputs):
    h = np.zeros(len(self.bh))
    self.inputs = inputs
    self.hs = [h]
    for x in inputs:
      h = np.tanh(self.Wxh @ x + self.Whh @ h + self.bh)
      self.hs.append(h)
    return self.Why @ h + self.by

  def backward(self, d_y):
    T = len(self.inputs)
    self.dWhy = np.outer(d_y, self.hs[T])
    self.dby = d_y
    self.dWhh, self.dWxh, self.dbh = np.zeros_like(self.Whh), np.zeros_like(self.Wxh), np.zeros_like(self.bh)
    d_h = self.Why.T @ d_y
    for t in reversed(range(T)):
      raw = (1 - self.hs[t + 1] ** 2) * d_h
      self.dbh += raw
      self.dWhh += np.outer(raw, self.hs[t + 1])
      self.dWxh += np.outer(raw, self.inputs[t])
      d_h = self.Whh.T @ raw
    return self.dWxh, self.dWhh, self.dWhy, self.dbh, self.dby


class MemoryCell:
  '''One step of an LSTM; gates stand in the order f, i, o, g.'''

  def __init__(self, n_in, n_hidden):
    self.n = n_hidden
    self.W = np.random.randn(4 * n_hidden, n_in + n_hidden) / 3
    self.b = np.zeros(4 * n_hidden)

  def forward(self, x, h, c):
    n = self.n
    self.z, self.c0 = np.concatenate([x, h]), c
    a = self.W @ self.z + self.b
    self.f, self.i, self.o = (1 / (1 + np.exp(-a[:3 * n]))).reshape(3, n)
    self.g = np.tanh(a[3 * n:])
    self.c1 = self.f * c + self.i * self.g
    return self.o * np.tanh(self.c1), self.c1

  def backward(self, dh, dc):
    tc = np.tanh(self.c1)
    dc = dc + dh * self.o * (1 - tc ** 2)
    df = dc * self.c0 * self.f * (1 - self.f)
    di = dc * self.g * self.i * (1 - self.i)
    do = dh * tc * self.o * (1 - self.o)
    dg = dc * self.i * (1 - self.g ** 2)
    da = np.concatenate([df, di, do, dg])
    self.dW = np.outer(da, self.z)
    self.db = da
    dz = self.W.T @ da
    return dz[:-self.n], dz[-self.n:], dc * self.i
