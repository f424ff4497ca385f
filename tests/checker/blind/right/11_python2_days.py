# -*- coding: utf-8 -*-
from __future__ import print_function, division
import numpy as np
try:
  xrange
except NameError:
  xrange = range


def affine_forward(x, w, b):
  N = x.shape[0]
  D = int(np.prod(x.shape[1:]))
  x2 = np.reshape(x, (N, D))
  out = np.dot(x2, w) + b
  cache = (x, w, b)
  return out, cache


def affine_backward(dout, cache):
  x, w, b = cache
  N = x.shape[0]
  D = int(np.prod(x.shape[1:]))
  x2 = np.reshape(x, (N, D))
  dx2 = np.dot(dout, w.T)
  dw = np.dot(x2.T, dout)
  db = np.dot(dout.T, np.ones(N))
  dx = np.reshape(dx2, x.shape)
  return dx, dw, db


def relu_forward(x):
  out = x * (x >= 0)
  cache = x
  return out, cache


def relu_backward(dout, cache):
  x = cache
  dx = (x >= 0) * dout
  return dx


def softmax_loss(x, y):
  N = x.shape[0]
  x = x - np.reshape(np.max(x, axis=1), (N, 1))
  lse = np.log(np.sum(np.exp(x), axis=1))
  probs = np.exp(x - np.reshape(lse, (N, 1)))
  loss = np.sum(lse - x[xrange(N), y]) / N
  dx = probs.copy()
  dx[xrange(N), y] -= 1
  dx /= N
  return loss, dx


def svm_loss(x, y):
  N = x.shape[0]
  correct = x[xrange(N), y]
  margins = np.maximum(0, (x.T - correct + 1.0).T)
  margins[xrange(N), y] = 0
  loss = np.sum(margins) / N
  num_pos = np.sum(margins > 0, axis=1)
  dx = np.zeros_like(x)
  dx[margins > 0] = 1
  dx[xrange(N), y] -= num_pos
  dx /= N
  return loss, dx


def batchnorm_forward(x, gamma, beta, bn_param):
  mode = bn_param['mode']
  eps = bn_param.get('eps', 1e-5)
  momentum = bn_param.get('momentum', 0.9)
  N, D = x.shape
  running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
  running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
  out, cache = None, None
  if mode == 'train':
    mu = 1 / float(N) * np.sum(x, axis=0)
    xmu = x - mu
    carre = xmu ** 2
    var = 1 / float(N) * np.sum(carre, axis=0)
    sqrtvar = np.sqrt(var + eps)
    invvar = 1. / sqrtvar
    va2 = xmu * invvar
    va3 = gamma * va2
    out = va3 + beta
    running_mean = momentum * running_mean + (1.0 - momentum) * mu
    running_var = momentum * running_var + (1.0 - momentum) * var
    cache = [mu, xmu, carre, var, sqrtvar, invvar, va2, va3, gamma, beta, x, bn_param]
  elif mode == 'test':
    scale = gamma / np.sqrt(running_var + eps)
    out = x * scale + (beta - running_mean * scale)
  else:
    raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
  bn_param['running_mean'] = running_mean
  bn_param['running_var'] = running_var
  return out, cache


def batchnorm_backward(dout, cache):
  mu, xmu, carre, var, sqrtvar, invvar, va2, va3, gamma, beta, x, bn_param = cache
  N, D = dout.shape
  dva3 = dout
  dbeta = np.sum(dout, axis=0)
  dva2 = gamma * dva3
  dgamma = np.sum(va2 * dva3, axis=0)
  dxmu = invvar * dva2
  dinvvar = np.sum(xmu * dva2, axis=0)
  dsqrtvar = -1. / (sqrtvar ** 2) * dinvvar
  dvar = 0.5 * invvar * dsqrtvar
  dcarre = 1 / float(N) * np.ones(carre.shape) * dvar
  dxmu += 2 * xmu * dcarre
  dx = dxmu.copy()
  dmu = -np.sum(dxmu, axis=0)
  dx += 1 / float(N) * np.ones(dxmu.shape) * dmu
  return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
  mu, xmu, carre, var, sqrtvar, invvar, va2, va3, gamma, beta, x, bn_param = cache
  N, D = dout.shape
  eps = bn_param.get('eps', 1e-5)
  dbeta = np.sum(dout, axis=0)
  dgamma = np.sum(xmu * (var + eps) ** (-1. / 2.) * dout, axis=0)
  dx = (1. / N) * gamma * (var + eps) ** (-1. / 2.) * (N * dout - np.sum(dout, axis=0)
       - xmu * (var + eps) ** (-1.0) * np.sum(dout * xmu, axis=0))
  return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
  eps = ln_param.get('eps', 1e-5)
  N, D = x.shape
  mu = np.reshape(np.sum(x, axis=1) / D, (N, 1))
  xmu = x - mu
  var = np.reshape(np.sum(xmu ** 2, axis=1) / D, (N, 1))
  inv = 1. / np.sqrt(var + eps)
  xh = xmu * inv
  out = xh * gamma + beta
  cache = [xh, inv, gamma]
  return out, cache


def layernorm_backward(dout, cache):
  [xh, inv, gamma] = cache
  N, D = dout.shape
  dbeta = np.sum(dout, axis=0)
  dgamma = np.sum(dout * xh, axis=0)
  dxh = dout * gamma
  t1 = np.reshape(np.sum(dxh, axis=1), (N, 1))
  t2 = np.reshape(np.sum(dxh * xh, axis=1), (N, 1))
  dx = 1. / D * inv * (D * dxh - t1 - xh * t2)
  return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
  p, mode = dropout_param['p'], dropout_param['mode']
  if 'seed' in dropout_param:
    np.random.seed(dropout_param['seed'])
  mask = None; out = None
  if mode == 'train':
    mask = (np.random.rand(*x.shape) < p) * (1.0 / p)
    out = x * mask
  elif mode == 'test':
    out = x
  cache = (dropout_param, mask)
  out = out.astype(x.dtype, copy=False)
  return out, cache


def dropout_backward(dout, cache):
  dropout_param, mask = cache
  mode = dropout_param['mode']
  dx = dout
  if mode == 'train':
    dx = dout * mask
  return dx


def conv_forward_naive(x, w, b, conv_param):
  S, P = conv_param['stride'], conv_param['pad']
  N, C, H, W = x.shape
  F, C, HH, WW = w.shape
  Hh = int(1 + (H + 2 * P - HH) // S)
  Hw = int(1 + (W + 2 * P - WW) // S)
  x_pad = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant')
  out = np.zeros((N, F, Hh, Hw))
  for n in xrange(N):
    for f in xrange(F):
      for k in xrange(Hh):
        for l in xrange(Hw):
          out[n, f, k, l] = np.sum(x_pad[n, :, k * S:k * S + HH, l * S:l * S + WW] * w[f, :]) + b[f]
  cache = (x, w, b, conv_param)
  return out, cache


def conv_backward_naive(dout, cache):
  x, w, b, conv_param = cache
  P, S = conv_param['pad'], conv_param['stride']
  N, C, H, W = x.shape
  F, C, HH, WW = w.shape
  N, F, Hh, Hw = dout.shape
  x_pad = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant')
  dw = np.zeros((F, C, HH, WW))
  for f in xrange(F):
    for c in xrange(C):
      for i in xrange(HH):
        for j in xrange(WW):
          sub = x_pad[:, c, i:i + Hh * S:S, j:j + Hw * S:S]
          dw[f, c, i, j] = np.sum(dout[:, f, :, :] * sub)
  db = np.zeros((F))
  for f in xrange(F):
    db[f] = np.sum(dout[:, f, :, :])
  dx = np.zeros((N, C, H, W))
  for n in xrange(N):
    for i in xrange(H):
      for j in xrange(W):
        for k in xrange(Hh):
          for l in xrange(Hw):
            r = i + P - k * S
            s = j + P - l * S
            if 0 <= r < HH and 0 <= s < WW:
              dx[n, :, i, j] += np.sum(w[:, :, r, s] * dout[n, :, k, l][:, None], axis=0)
  return dx, dw, db


def max_pool_forward_naive(x, pool_param):
  Hp, Wp, S = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
  N, C, H, W = x.shape
  H1 = (H - Hp) // S + 1
  W1 = (W - Wp) // S + 1
  out = np.zeros((N, C, H1, W1))
  for n in xrange(N):
    for c in xrange(C):
      for k in xrange(H1):
        for l in xrange(W1):
          out[n, c, k, l] = np.max(x[n, c, k * S:k * S + Hp, l * S:l * S + Wp])
  cache = (x, pool_param)
  return out, cache


def max_pool_backward_naive(dout, cache):
  x, pool_param = cache
  Hp, Wp, S = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
  N, C, H1, W1 = dout.shape
  dx = np.zeros(x.shape)
  for nprime in xrange(N):
    for cprime in xrange(C):
      for k in xrange(H1):
        for l in xrange(W1):
          x_pooling = x[nprime, cprime, k * S:k * S + Hp, l * S:l * S + Wp]
          maxi = np.max(x_pooling)
          x_mask = x_pooling == maxi
          dx[nprime, cprime, k * S:k * S + Hp, l * S:l * S + Wp] += dout[nprime, cprime, k, l] * x_mask
  return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
  N, C, H, W = x.shape
  temp, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape((N * H * W, C)), gamma, beta, bn_param)
  out = temp.reshape(N, H, W, C).transpose(0, 3, 1, 2)
  return out, cache


def spatial_batchnorm_backward(dout, cache):
  N, C, H, W = dout.shape
  dx, dgamma, dbeta = batchnorm_backward_alt(dout.transpose(0, 2, 3, 1).reshape((N * H * W, C)), cache)
  dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
  return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
  eps = gn_param.get('eps', 1e-5)
  N, C, H, W = x.shape
  x2 = np.reshape(x, (N * G, C // G * H * W))
  ones = np.ones((1, C // G * H * W))
  xh, ln_cache = layernorm_forward(x2, ones, 0 * ones, {'eps': eps})
  xh = np.reshape(xh, (N, C, H, W))
  out = xh * gamma + beta
  cache = [ln_cache, xh, gamma, G]
  return out, cache


def spatial_groupnorm_backward(dout, cache):
  [ln_cache, xh, gamma, G] = cache
  N, C, H, W = dout.shape
  dbeta = np.sum(dout, axis=(0, 2, 3)).reshape(1, C, 1, 1)
  dgamma = np.sum(dout * xh, axis=(0, 2, 3)).reshape(1, C, 1, 1)
  d2 = np.reshape(dout * gamma, (N * G, C // G * H * W))
  dx, _, _ = layernorm_backward(d2, ln_cache)
  return np.reshape(dx, (N, C, H, W)), dgamma, dbeta


def sgd(w, dw, config=None):
  if config is None: config = {}
  config.setdefault('learning_rate', 1e-2)
  w -= config['learning_rate'] * dw
  return w, config


def sgd_momentum(w, dw, config=None):
  if config is None: config = {}
  config.setdefault('learning_rate', 1e-2)
  config.setdefault('momentum', 0.9)
  v = config.get('velocity', np.zeros_like(w))
  mu = config['momentum']; lr = config['learning_rate']
  v = mu * v - lr * dw; next_w = w + v
  config['velocity'] = v
  return next_w, config


def rmsprop(w, dw, config=None):
  if config is None: config = {}
  config.setdefault('learning_rate', 1e-2)
  config.setdefault('decay_rate', 0.99)
  config.setdefault('epsilon', 1e-8)
  config.setdefault('cache', np.zeros_like(w))
  cache = config['cache']; decay = config['decay_rate']
  cache = decay * cache + (1 - decay) * dw ** 2
  next_w = w + -config['learning_rate'] * dw / (np.sqrt(cache) + config['epsilon'])
  config['cache'] = cache
  return next_w, config


def adam(w, dw, config=None):
  if config is None: config = {}
  config.setdefault('learning_rate', 1e-3)
  config.setdefault('beta1', 0.9)
  config.setdefault('beta2', 0.999)
  config.setdefault('epsilon', 1e-8)
  config.setdefault('m', np.zeros_like(w))
  config.setdefault('v', np.zeros_like(w))
  config.setdefault('t', 0)
  b1 = config['beta1']; b2 = config['beta2']
  config['t'] += 1
  m = config['m'] * b1 + (1 - b1) * dw
  v = config['v'] * b2 + (1 - b2) * dw ** 2
  mc = m / (1. - b1 ** config['t'])
  vc = v / (1. - b2 ** config['t'])
  next_w = w - config['learning_rate'] * mc / (np.sqrt(vc) + config['epsilon'])
  config['m'] = m; config['v'] = v
  return next_w, config
