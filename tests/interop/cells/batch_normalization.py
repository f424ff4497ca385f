"""BatchNormalization, 2019 to 2026: both norms, forward and backward, in networks, against first weights and batch size."""

# %%
import time

from cs231n.gradient_check import eval_numerical_gradient_array
from cs231n.layers import *
from cs231n.solver import Solver

# %% batch norm forward in training
np.random.seed(231)
X, W1, W2 = np.random.randn(200, 50), np.random.randn(50, 60), np.random.randn(60, 3)
a = np.maximum(0, X.dot(W1)).dot(W2)
for gamma, beta in [(np.ones((3,)), np.zeros((3,))), (np.asarray([1.0, 2.0, 3.0]), np.asarray([11.0, 12.0, 13.0]))]:
    a_norm, _ = batchnorm_forward(a, gamma, beta, {"mode": "train"})
    within("batch norm mean", np.abs(a_norm.mean(axis=0) - beta).max(), 1e-12)
    within("batch norm std", np.abs(a_norm.std(axis=0) - gamma).max(), 1e-6)

# %% batch norm forward at test
np.random.seed(231)
W1, W2 = np.random.randn(50, 60), np.random.randn(60, 3)
bn_param = {"mode": "train"}
gamma, beta = np.ones(3), np.zeros(3)
for _ in range(50):
    batchnorm_forward(np.maximum(0, np.random.randn(200, 50).dot(W1)).dot(W2), gamma, beta, bn_param)
bn_param["mode"] = "test"
a_norm, _ = batchnorm_forward(np.maximum(0, np.random.randn(200, 50).dot(W1)).dot(W2), gamma, beta, bn_param)
published("test-time means", a_norm.mean(axis=0), [-0.03927354, -0.04349152, -0.10452688], 1e-8)
published("test-time stds", a_norm.std(axis=0), [1.01531428, 1.01238373, 0.97819988], 1e-8)

# %% batch norm backward
np.random.seed(231)
x = 5 * np.random.randn(4, 5) + 12
gamma, beta, dout = np.random.randn(5), np.random.randn(5), np.random.randn(4, 5)
bn_param = {"mode": "train"}
dx_num = eval_numerical_gradient_array(lambda x: batchnorm_forward(x, gamma, beta, bn_param)[0], x, dout)
da_num = eval_numerical_gradient_array(lambda a: batchnorm_forward(x, a, beta, bn_param)[0], gamma.copy(), dout)
db_num = eval_numerical_gradient_array(lambda b: batchnorm_forward(x, gamma, b, bn_param)[0], beta.copy(), dout)
_, cache = batchnorm_forward(x, gamma, beta, bn_param)
dx, dgamma, dbeta = batchnorm_backward(dout, cache)
within("batchnorm dx", rel_error(dx_num, dx), 1e-8)
within("batchnorm dgamma", rel_error(da_num, dgamma), 1e-8)
within("batchnorm dbeta", rel_error(db_num, dbeta), 1e-8)

# %% the two backwards side by side
np.random.seed(231)
x = 5 * np.random.randn(100, 500) + 12
gamma, beta, dout = np.random.randn(500), np.random.randn(500), np.random.randn(100, 500)
_, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
t1 = time.time()
dx1, dgamma1, dbeta1 = batchnorm_backward(dout, cache)
t2 = time.time()
dx2, dgamma2, dbeta2 = batchnorm_backward_alt(dout, cache)
t3 = time.time()
within("alt dx", rel_error(dx1, dx2), 1e-8)
within("alt dgamma", rel_error(dgamma1, dgamma2), 0)
within("alt dbeta", rel_error(dbeta1, dbeta2), 0)
print("speedup: %.2fx" % ((t2 - t1) / (t3 - t2)))

# %% networks with both norms
from cs231n.classifiers.fc_net import *
from cs231n.gradient_check import *

# The notebook states 1e-4 to 1e-10 for weights, and finished ones print 1.10e-04 for W1 without regularisation: with two
# samples a feature's variance can nearly vanish (here its standard deviation is half of sqrt(eps)), the loss bends sharply
# there, and central differences with h = 1e-5 are truncated by that much. A tenth of h must leave a hundredth of the error.
first_losses = {("batchnorm", 0): 2.2611955101340957, ("batchnorm", 3.14): 6.996533220108303}
for normalization in ("batchnorm", "layernorm"):
    np.random.seed(231)
    X = np.random.randn(2, 15)
    y = np.random.randint(10, size=(2,))
    for reg in [0, 3.14] if normalization == "batchnorm" else [3.14]:
        settings = {"input_dim": 15, "num_classes": 10, "reg": reg, "weight_scale": 5e-2, "dtype": np.float64}
        model = FullyConnectedNet([20, 30], normalization=normalization, **settings)
        loss, grads = model.loss(X, y)
        if normalization == "batchnorm":
            published(f"first loss, reg {reg}", loss, first_losses[normalization, reg])
        errors = numeric_errors(model, X, y)
        widest = 1.105e-4 if (normalization, reg) == ("batchnorm", 0) else 1e-5
        for name, error in errors.items():
            # A bias before batch norm has no gradient: what is left of it is rounding, and its relative error means nothing.
            within(f"{normalization} {name} reg {reg}", error, widest if name[0] == "W" else 1e-5)
        if widest > 1e-4:
            W1, worst = model.params["W1"], (2, 17)
            published("W1", errors["W1"], 1.10e-4, 1e-6)
            for h, expected in [(1e-5, 1.10e-4), (1e-6, 1.10e-6)]:
                W1[worst] += h
                above = model.loss(X, y)[0]
                W1[worst] -= 2 * h
                below = model.loss(X, y)[0]
                W1[worst] += h
                error = rel_error(np.array((above - below) / (2 * h)), grads["W1"][worst])
                published(f"W1 where it is worst, h {h}", error, expected, 0.02 * expected)

# %% deep networks, with and without
np.random.seed(231)
size = data["X_train"][0].size
small_data = {name: array[:1000] if "train" in name else array for name, array in data.items()}
bn_model = FullyConnectedNet([100] * 5, input_dim=size, weight_scale=2e-2, normalization="batchnorm")
model = FullyConnectedNet([100] * 5, input_dim=size, weight_scale=2e-2, normalization=None)
training = {"num_epochs": 10, "batch_size": 50, "update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
bn_solver = Solver(bn_model, small_data, verbose=True, print_every=20, **training)
bn_solver.train()
solver = Solver(model, small_data, verbose=True, print_every=20, **training)
solver.train()
assert max(bn_solver.train_acc_history) > max(solver.train_acc_history)
assert len(bn_solver.loss_history) == 200
assert len(bn_solver.val_acc_history) == 11

# %% first weights
solvers_ws, bn_solvers_ws = {}, {}
for weight_scale in np.logspace(-4, 0, num=5):
    for normalization, kept in ((None, solvers_ws), ("batchnorm", bn_solvers_ws)):
        model = FullyConnectedNet([50] * 7, input_dim=size, weight_scale=weight_scale, normalization=normalization)
        kept[weight_scale] = Solver(model, small_data, verbose=False, print_every=200, **training | {"num_epochs": 2})
        with np.errstate(all="ignore"):
            kept[weight_scale].train()
best_train_accs, bn_best_train_accs = (
    [max(solver.train_acc_history) for solver in kept.values()] for kept in (solvers_ws, bn_solvers_ws)
)
assert np.mean(bn_best_train_accs) > 1.3 * np.mean(best_train_accs)  # first weights matter less
final_train_loss = [np.mean(bn_solvers_ws[scale].loss_history[-100:]) for scale in bn_solvers_ws]
assert np.isfinite(final_train_loss).all()

# %% batch size, for both norms
for normalization in ("batchnorm", "layernorm"):
    np.random.seed(231)
    for batch_size in [5, 10, 50]:
        model = FullyConnectedNet([100] * 5, input_dim=size, weight_scale=2e-2, normalization=normalization)
        settings = training | {
            "num_epochs": 1,
            "batch_size": batch_size,
            "optim_config": {"learning_rate": 10 ** (-3.5)},
        }
        solver = Solver(model, small_data, verbose=False, **settings)
        solver.train()
        assert len(solver.loss_history) == 1000 // batch_size
        assert len(solver.train_acc_history) == 2

# %% layer norm forward
np.random.seed(231)
X, W1, W2 = np.random.randn(4, 50), np.random.randn(50, 60), np.random.randn(60, 3)
a = np.maximum(0, X.dot(W1)).dot(W2)
for gamma, beta in [(np.ones(3), np.zeros(3)), (np.asarray([3.0, 3.0, 3.0]), np.asarray([5.0, 5.0, 5.0]))]:
    a_norm, _ = layernorm_forward(a, gamma, beta, {"mode": "train"})
    within("layer norm mean", np.abs(a_norm.mean(axis=1) - beta[0]).max(), 1e-12)
    within("layer norm std", np.abs(a_norm.std(axis=1) - gamma[0]).max(), 1e-5)

# %% layer norm backward
np.random.seed(231)
x = 5 * np.random.randn(4, 5) + 12
gamma, beta, dout = np.random.randn(5), np.random.randn(5), np.random.randn(4, 5)
ln_param = {}
dx_num = eval_numerical_gradient_array(lambda x: layernorm_forward(x, gamma, beta, ln_param)[0], x, dout)
da_num = eval_numerical_gradient_array(lambda a: layernorm_forward(x, a, beta, ln_param)[0], gamma.copy(), dout)
db_num = eval_numerical_gradient_array(lambda b: layernorm_forward(x, gamma, b, ln_param)[0], beta.copy(), dout)
_, cache = layernorm_forward(x, gamma, beta, ln_param)
dx, dgamma, dbeta = layernorm_backward(dout, cache)
within("layernorm dx", rel_error(dx_num, dx), 1e-8)
within("layernorm dgamma", rel_error(da_num, dgamma), 1e-8)
within("layernorm dbeta", rel_error(db_num, dbeta), 1e-8)
