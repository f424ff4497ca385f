"""Networks written otherwise than the reference's: lists of steps that know their own backwards."""

NETWORKS = {
    "a network of steps": """
class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None):
        self.reg, self.normalization, self.dtype = reg, normalization, dtype
        dims = [input_dim] + list(hidden_dims) + [num_classes]
        self.L = len(dims) - 1
        self.params = {}
        for k in range(self.L):
            self.params["W%d" % (k + 1)] = (np.random.randn(dims[k], dims[k + 1]) * weight_scale).astype(dtype)
            self.params["b%d" % (k + 1)] = np.zeros(dims[k + 1], dtype)
            if normalization is not None and k < self.L - 1:
                self.params["gamma%d" % (k + 1)] = np.ones(dims[k + 1], dtype)
                self.params["beta%d" % (k + 1)] = np.zeros(dims[k + 1], dtype)
        self.settings = [{"mode": "train"} for _ in range(self.L)]
        self.drop = None if dropout_keep_ratio == 1 else {"mode": "train", "p": dropout_keep_ratio}
        if self.drop is not None and seed is not None:
            self.drop["seed"] = seed

    def loss(self, X, y=None):
        mode = "train" if y is not None else "test"
        for settings in self.settings + ([self.drop] if self.drop else []):
            settings["mode"] = mode
        P, grads, tape, a = self.params, {}, [], X.astype(self.dtype)
        for k in range(1, self.L + 1):
            a, c = affine_forward(a, P["W%d" % k], P["b%d" % k])
            tape.append((affine_backward, c, ("W%d" % k, "b%d" % k)))
            if k == self.L:
                break
            if self.normalization:
                ahead, back = ((batchnorm_forward, batchnorm_backward) if self.normalization == "batchnorm"
                               else (layernorm_forward, layernorm_backward))
                a, c = ahead(a, P["gamma%d" % k], P["beta%d" % k], self.settings[k - 1])
                tape.append((back, c, ("gamma%d" % k, "beta%d" % k)))
            a, c = relu_forward(a)
            tape.append((relu_backward, c, ()))
            if self.drop:
                a, c = dropout_forward(a, self.drop)
                tape.append((dropout_backward, c, ()))
        if y is None:
            return a
        loss, d = softmax_loss(a, y)
        for back, c, names in reversed(tape):
            result = back(d, c)
            if names:
                d = result[0]
                for name, value in zip(names, result[1:]):
                    grads[name] = value
            else:
                d = result
        for k in range(1, self.L + 1):
            W = P["W%d" % k]
            loss += 0.5 * self.reg * (W ** 2).sum()
            grads["W%d" % k] = grads["W%d" % k] + self.reg * W
        return loss, grads
""",
    "a convolutional network of steps": """
class ThreeLayerConvNet:
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        self.reg = reg
        shapes = {"1": (num_filters, C, filter_size, filter_size), "2": (num_filters * (H // 2) * (W // 2), hidden_dim),
                  "3": (hidden_dim, num_classes)}
        self.params = {}
        for k, shape in shapes.items():
            self.params["W" + k] = np.random.normal(0.0, weight_scale, shape).astype(dtype)
            self.params["b" + k] = np.zeros(shape[0] if k == "1" else shape[1], dtype)

    def loss(self, X, y=None):
        P = self.params
        s = {"stride": 1, "pad": (P["W1"].shape[3] - 1) // 2}
        z, conv = conv_forward_naive(X, P["W1"], P["b1"], s)
        z, relu1 = relu_forward(z)
        z, pool = max_pool_forward_naive(z, {"pool_height": 2, "pool_width": 2, "stride": 2})
        z, affine1 = affine_forward(z, P["W2"], P["b2"])
        z, relu2 = relu_forward(z)
        z, affine2 = affine_forward(z, P["W3"], P["b3"])
        if y is None:
            return z
        loss, d = softmax_loss(z, y)
        g = {}
        d, g["W3"], g["b3"] = affine_backward(d, affine2)
        d, g["W2"], g["b2"] = affine_backward(relu_backward(d, relu2), affine1)
        d = relu_backward(max_pool_backward_naive(d, pool), relu1)
        d, g["W1"], g["b1"] = conv_backward_naive(d, conv)
        for k in "123":
            W = P["W" + k]
            loss = loss + 0.5 * self.reg * (W ** 2).sum()
            g["W" + k] = g["W" + k] + self.reg * W
        return loss, g
""",
}
