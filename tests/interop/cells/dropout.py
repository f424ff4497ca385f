"""Dropout, 2019 to 2026: forward, backward, in networks, as a regulariser."""

# %%
from cs231n.classifiers.fc_net import *
from cs231n.gradient_check import eval_numerical_gradient_array
from cs231n.solver import Solver

# %% forward
np.random.seed(231)
x = np.random.randn(500, 500) + 10
published("mean of the input", x.mean(), 10.000207878477502)
for p, mean, zeros in [
    (0.25, 10.014059116977283, 0.749784),
    (0.4, 9.977917658761159, 0.600796),
    (0.7, 9.987811912159426, 0.30074),
]:
    out, _ = dropout_forward(x, {"mode": "train", "p": p})
    out_test, _ = dropout_forward(x, {"mode": "test", "p": p})
    published(f"training mean, p {p}", out.mean(), mean)
    published(f"training zeros, p {p}", (out == 0).mean(), zeros)
    within(f"test output, p {p}", np.abs(out_test - x).max(), 0)

# %% backward
np.random.seed(231)
x = np.random.randn(10, 10) + 10
dout = np.random.randn(*x.shape)
dropout_param = {"mode": "train", "p": 0.2, "seed": 123}
out, cache = dropout_forward(x, dropout_param)
dx = dropout_backward(dout, cache)
dx_num = eval_numerical_gradient_array(lambda xx: dropout_forward(xx, dropout_param)[0], x, dout)
within("dropout dx", rel_error(dx, dx_num), 1e-10)

# %% networks, by the keyword of 2021 and by that of 2018 to 2020
first_losses = {1: 2.3004790897684924, 0.75: 2.302371489704412, 0.5: 2.3042759220785896}
for keyword in ("dropout_keep_ratio", "dropout"):
    np.random.seed(231)
    X = np.random.randn(2, 15)
    y = np.random.randint(10, size=(2,))
    for keep, printed in first_losses.items():
        settings = {"input_dim": 15, "num_classes": 10, "weight_scale": 5e-2, "dtype": np.float64, keyword: keep}
        model = FullyConnectedNet([20, 30], seed=123, **settings)
        published(f"first loss, {keyword} {keep}", model.loss(X, y)[0], printed)
        errors = numeric_errors(model, X, y) if keyword == "dropout_keep_ratio" else {}
        for name, error in errors.items():
            # "Around e-6 or less, W2 may be on the order of e-5 without dropout": finished notebooks print 2.21e-05.
            within(f"{name} kept {keep}", error, 2.3e-5 if (name, keep) == ("W2", 1) else 5e-6)

# %% as a regulariser
np.random.seed(231)
small_data = {name: array[:500] if "train" in name else array for name, array in data.items()}
solvers = {}
for keep in [1, 0.25]:
    model = FullyConnectedNet([500], input_dim=data["X_train"][0].size, dropout_keep_ratio=keep)
    settings = {"num_epochs": 25, "batch_size": 100, "update_rule": "adam", "optim_config": {"learning_rate": 5e-4}}
    solver = Solver(model, small_data, verbose=True, print_every=100, **settings)
    solver.train()
    solvers[keep] = solver
assert solvers[1].train_acc_history[-1] > 0.95
assert solvers[0.25].train_acc_history[-1] < solvers[1].train_acc_history[-1]
