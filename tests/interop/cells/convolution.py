"""ConvolutionalNetworks, 2019 to 2026: naive and fast layers, sandwiches, the ConvNet, its filters, spatial norms."""

# %%
from time import time

from cs231n.classifiers.cnn import *
from cs231n.fast_layers import *
from cs231n.gradient_check import eval_numerical_gradient_array
from cs231n.layers import *
from cs231n.solver import Solver

# %% convolution forward
x = np.linspace(-0.1, 0.5, num=96).reshape(2, 3, 4, 4)
w = np.linspace(-0.2, 0.3, num=144).reshape(3, 3, 4, 4)
out, _ = conv_forward_naive(x, w, np.linspace(-0.1, 0.2, num=3), {"stride": 2, "pad": 1})
published("convolution", out[0, 0], [[-0.08759809, -0.10987781], [-0.18387192, -0.2109216]], 1e-8)
published("convolution", out[1, 2], [[2.36270298, 2.36904306], [2.38090835, 2.38247847]], 1e-8)

# %% two filters by hand, with a bias of whole numbers
x = np.zeros((2, 3, 20, 20))
x[:] = np.random.randint(0, 256, size=x.shape)
w = np.zeros((2, 3, 3, 3))
w[0, 0, :, :] = [[0, 0, 0], [0, 0.3, 0], [0, 0, 0]]
w[0, 1, :, :] = [[0, 0, 0], [0, 0.6, 0], [0, 0, 0]]
w[0, 2, :, :] = [[0, 0, 0], [0, 0.1, 0], [0, 0, 0]]
w[1, 2, :, :] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
out, _ = conv_forward_naive(x, w, np.array([0, 128]), {"stride": 1, "pad": 1})
within("grey", np.abs(out[:, 0] - (0.3 * x[:, 0] + 0.6 * x[:, 1] + 0.1 * x[:, 2])).max(), 1e-10)
edges = (x[:, 2, :-2] - x[:, 2, 2:])[:, :, 1:-1] * 2 + sum(
    (x[:, 2, :-2] - x[:, 2, 2:])[:, :, i : i + 18] for i in (0, 2)
)
within("edges", np.abs(out[:, 1, 1:-1, 1:-1] - edges - 128).max(), 1e-10)

# %% convolution backward
np.random.seed(231)
x, w, b = np.random.randn(4, 3, 5, 5), np.random.randn(2, 3, 3, 3), np.random.randn(2)
dout = np.random.randn(4, 2, 5, 5)
conv_param = {"stride": 1, "pad": 1}
dx_num = eval_numerical_gradient_array(lambda x: conv_forward_naive(x, w, b, conv_param)[0], x, dout)
dw_num = eval_numerical_gradient_array(lambda w: conv_forward_naive(x, w, b, conv_param)[0], w, dout)
db_num = eval_numerical_gradient_array(lambda b: conv_forward_naive(x, w, b, conv_param)[0], b, dout)
out, cache = conv_forward_naive(x, w, b, conv_param)
dx, dw, db = conv_backward_naive(dout, cache)
within("conv dx", rel_error(dx, dx_num), 2e-8)  # "around e-8": finished notebooks print 1.16e-08
within("conv dw", rel_error(dw, dw_num), 1e-8)
within("conv db", rel_error(db, db_num), 1e-8)

# %% max pooling
pool_param = {"pool_width": 2, "pool_height": 2, "stride": 2}
out, _ = max_pool_forward_naive(np.linspace(-0.3, 0.4, num=96).reshape(2, 3, 4, 4), pool_param)
published("pooling", out[0, 0], [[-0.26315789, -0.24842105], [-0.20421053, -0.18947368]], 1e-8)
published("pooling", out[1, 2], [[0.32631579, 0.34105263], [0.38526316, 0.4]], 1e-8)
np.random.seed(231)
x, dout = np.random.randn(3, 2, 8, 8), np.random.randn(3, 2, 4, 4)
dx_num = eval_numerical_gradient_array(lambda x: max_pool_forward_naive(x, pool_param)[0], x, dout)
out, cache = max_pool_forward_naive(x, pool_param)
within("pool dx", rel_error(max_pool_backward_naive(dout, cache), dx_num), 1e-11)

# %% fast convolution
np.random.seed(231)
x, w, b = np.random.randn(10, 3, 31, 31), np.random.randn(25, 3, 3, 3), np.random.randn(25)
dout = np.random.randn(10, 25, 16, 16)
conv_param = {"stride": 2, "pad": 1}
t0 = time()
out_naive, cache_naive = conv_forward_naive(x, w, b, conv_param)
t1 = time()
out_fast, cache_fast = conv_forward_fast(x, w, b, conv_param)
t2 = time()
print("Speedup: %fx" % ((t1 - t0) / (t2 - t1)))
within("fast conv", rel_error(out_naive, out_fast), 1e-9)
for name, naive, fast in zip("xwb", conv_backward_naive(dout, cache_naive), conv_backward_fast(dout, cache_fast)):
    within(f"fast conv d{name}", rel_error(naive, fast), 1e-9)

# %% fast pooling
np.random.seed(231)
x, dout = np.random.randn(100, 3, 32, 32), np.random.randn(100, 3, 16, 16)
pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
out_naive, cache_naive = max_pool_forward_naive(x, pool_param)
out_fast, cache_fast = max_pool_forward_fast(x, pool_param)
within("fast pool", rel_error(out_naive, out_fast), 0)
within(
    "fast pool dx", rel_error(max_pool_backward_naive(dout, cache_naive), max_pool_backward_fast(dout, cache_fast)), 0
)

# %% sandwiches
from cs231n.layer_utils import conv_relu_backward, conv_relu_forward, conv_relu_pool_backward, conv_relu_pool_forward

conv_param = {"stride": 1, "pad": 1}
for name, side, forward, backward in (
    (
        "conv_relu_pool",
        16,
        lambda x, w, b: conv_relu_pool_forward(x, w, b, conv_param, pool_param),
        conv_relu_pool_backward,
    ),
    ("conv_relu", 8, lambda x, w, b: conv_relu_forward(x, w, b, conv_param), conv_relu_backward),
):
    np.random.seed(231)
    x, w, b = np.random.randn(2, 3, side, side), np.random.randn(3, 3, 3, 3), np.random.randn(3)
    dout = np.random.randn(2, 3, 8, 8)
    out, cache = forward(x, w, b)
    dx, dw, db = backward(dout, cache)
    within(f"{name} dx", rel_error(eval_numerical_gradient_array(lambda x: forward(x, w, b)[0], x, dout), dx), 2e-8)
    within(f"{name} dw", rel_error(eval_numerical_gradient_array(lambda w: forward(x, w, b)[0], w, dout), dw), 2e-8)
    within(f"{name} db", rel_error(eval_numerical_gradient_array(lambda b: forward(x, w, b)[0], b, dout), db), 2e-8)

# %% the ConvNet's first loss
model = ThreeLayerConvNet()
X = np.random.randn(50, 3, 32, 32)
y = np.random.randint(10, size=50)
first, _ = model.loss(X, y)
within("first loss", abs(first - np.log(10)), 1e-3)
model.reg = 0.5
published("grown by regularisation", model.loss(X, y)[0] - first, 0.2057, 1e-3)

# %% the ConvNet's gradients
np.random.seed(231)
X = np.random.randn(2, 3, 16, 16)
y = np.random.randint(10, size=2)
model = ThreeLayerConvNet(num_filters=3, filter_size=3, input_dim=(3, 16, 16), hidden_dim=7, dtype=np.float64)
printed = {"W1": 1.380104e-04, "W2": 1.822723e-02, "W3": 3.064049e-04, "b1": 3.477652e-05, "b2": 2.516375e-03}
for name, error in numeric_errors(model, X, y, h=1e-6).items():
    # "Up to the order of e-2". The errors are rounding in the loss; with the same draws they come out alike.
    within(f"ConvNet {name}", error, 1.1 * printed.get(name, 1e-8))

# %% the ConvNet learns 100 images by heart
np.random.seed(231)
small_data = {name: array[:100] if "train" in name else array for name, array in data.items()}
model = ThreeLayerConvNet(input_dim=data["X_train"].shape[1:], weight_scale=1e-2, **small_convnet)
settings = {"num_epochs": 15, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": overfit_rate}}
solver = Solver(model, small_data, verbose=True, print_every=1, **settings)
solver.train()
reached = solver.check_accuracy(small_data["X_train"], small_data["y_train"])
within("100 images by heart", 1 - reached, 0.2)
assert solver.check_accuracy(small_data["X_val"], small_data["y_val"]) < reached

# %% the ConvNet trained for an epoch, and its filters
from cs231n.vis_utils import visualize_grid

model = ThreeLayerConvNet(
    input_dim=data["X_train"].shape[1:], weight_scale=0.001, hidden_dim=500, reg=0.001, **small_convnet
)
settings = {
    "num_epochs": convnet_epochs,
    "batch_size": 50,
    "update_rule": "adam",
    "optim_config": {"learning_rate": 1e-3},
}
solver = Solver(model, data, verbose=True, print_every=20, **settings)
solver.train()
within("training accuracy", 0.4 - solver.train_acc_history[-1], 0)
grid = visualize_grid(model.params["W1"].transpose(0, 2, 3, 1))
side = 6 * model.params["W1"].shape[2] + 5
assert grid.shape == (side, side, data["X_train"].shape[1])
assert grid.astype("uint8").max() >= 254

# %% spatial batch norm
np.random.seed(231)
x = 4 * np.random.randn(2, 3, 4, 5) + 10
bn_param = {"mode": "train"}
for gamma, beta in [(np.ones(3), np.zeros(3)), (np.asarray([3, 4, 5]), np.asarray([6, 7, 8]))]:
    out, _ = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    within("spatial mean", np.abs(out.mean(axis=(0, 2, 3)) - beta).max(), 1e-12)
    within("spatial std", np.abs(out.std(axis=(0, 2, 3)) - gamma).max(), 1e-5)
np.random.seed(231)
bn_param = {"mode": "train"}
gamma, beta = np.ones(4), np.zeros(4)
for _ in range(50):
    spatial_batchnorm_forward(2.3 * np.random.randn(10, 4, 11, 12) + 13, gamma, beta, bn_param)
bn_param["mode"] = "test"
out, _ = spatial_batchnorm_forward(2.3 * np.random.randn(10, 4, 11, 12) + 13, gamma, beta, bn_param)
published("spatial means at test", out.mean(axis=(0, 2, 3)), [-0.08034406, 0.07562881, 0.05716371, 0.04378383], 1e-8)
published("spatial stds at test", out.std(axis=(0, 2, 3)), [0.96718744, 1.0299714, 1.02887624, 1.00585577], 1e-8)

# %% spatial batch norm backward; the notebook moves gamma and beta in place under the same function
np.random.seed(231)
x = 5 * np.random.randn(2, 3, 4, 5) + 12
gamma, beta, dout = np.random.randn(3), np.random.randn(3), np.random.randn(2, 3, 4, 5)
bn_param = {"mode": "train"}
norm = lambda _: spatial_batchnorm_forward(x, gamma, beta, bn_param)[0]
numeric = [eval_numerical_gradient_array(norm, array, dout) for array in (x, gamma, beta)]
_, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
for name, analytic, number in zip(("dx", "dgamma", "dbeta"), spatial_batchnorm_backward(dout, cache), numeric):
    within(f"spatial batchnorm {name}", rel_error(number, analytic), 1e-6)

# %% spatial group norm; gamma of shape (C,) is the older form
np.random.seed(231)
x = 4 * np.random.randn(2, 6, 4, 5) + 10
out, _ = spatial_groupnorm_forward(x, np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1)), 2, {"mode": "train"})
within("group mean", np.abs(out.reshape(4, -1).mean(axis=1)).max(), 1e-12)
within("group std", np.abs(out.reshape(4, -1).std(axis=1) - 1).max(), 1e-5)
for shape in ((1, 6, 1, 1), (6,)):
    np.random.seed(231)
    x = 5 * np.random.randn(2, 6, 4, 5) + 12
    gamma, beta, dout = np.random.randn(*shape), np.random.randn(*shape), np.random.randn(2, 6, 4, 5)
    norm = lambda _: spatial_groupnorm_forward(x, gamma, beta, 2, {})[0]
    numeric = [eval_numerical_gradient_array(norm, array, dout) for array in (x, gamma, beta)]
    _, cache = spatial_groupnorm_forward(x, gamma, beta, 2, {})
    for name, analytic, number in zip(("dx", "dgamma", "dbeta"), spatial_groupnorm_backward(dout, cache), numeric):
        assert analytic.shape == number.shape
        within(f"group norm {shape} {name}", rel_error(number, analytic), 1e-7)
