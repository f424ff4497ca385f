"""FullyConnectedNets, 2019 to 2024: layers, losses, TwoLayerNet, nets of any depth, update rules, a trained model."""

# %%
from cs231n.classifiers.fc_net import *
from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from cs231n.solver import Solver

for name, array in list(data.items()):
    print(f"{name}: {array.shape}")

# %% affine forward
x = np.linspace(-0.1, 0.5, num=240).reshape(2, 4, 5, 6)
w = np.linspace(-0.2, 0.3, num=360).reshape(120, 3)
out, _ = affine_forward(x, w, np.linspace(-0.3, 0.1, num=3))
printed = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
within("affine forward", rel_error(out, np.array(printed)), 1e-8)

# %% affine backward
np.random.seed(231)
x, w, b = np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5)
dout = np.random.randn(10, 5)
dx_num = eval_numerical_gradient_array(lambda x: affine_forward(x, w, b)[0], x, dout)
dw_num = eval_numerical_gradient_array(lambda w: affine_forward(x, w, b)[0], w, dout)
db_num = eval_numerical_gradient_array(lambda b: affine_forward(x, w, b)[0], b, dout)
_, cache = affine_forward(x, w, b)
dx, dw, db = affine_backward(dout, cache)
within("affine dx", rel_error(dx_num, dx), 1e-9)
within("affine dw", rel_error(dw_num, dw), 1e-9)
within("affine db", rel_error(db_num, db), 1e-9)

# %% relu
out, _ = relu_forward(np.linspace(-0.5, 0.5, num=12).reshape(3, 4))
printed = [[0, 0, 0, 0], [0, 0, 0.04545455, 0.13636364], [0.22727273, 0.31818182, 0.40909091, 0.5]]
within("relu forward", rel_error(out, np.array(printed)), 1e-7)
np.random.seed(231)
x = np.random.randn(10, 10)
dout = np.random.randn(*x.shape)
dx_num = eval_numerical_gradient_array(lambda x: relu_forward(x)[0], x, dout)
_, cache = relu_forward(x)
within("relu backward", rel_error(dx_num, relu_backward(dout, cache)), 1e-11)

# %% affine - relu
from cs231n.layer_utils import affine_relu_backward, affine_relu_forward

np.random.seed(231)
x, w, b = np.random.randn(2, 3, 4), np.random.randn(12, 10), np.random.randn(10)
dout = np.random.randn(2, 10)
out, cache = affine_relu_forward(x, w, b)
dx, dw, db = affine_relu_backward(dout, cache)
dx_num = eval_numerical_gradient_array(lambda x: affine_relu_forward(x, w, b)[0], x, dout)
dw_num = eval_numerical_gradient_array(lambda w: affine_relu_forward(x, w, b)[0], w, dout)
db_num = eval_numerical_gradient_array(lambda b: affine_relu_forward(x, w, b)[0], b, dout)
within("affine_relu dx", rel_error(dx_num, dx), 1e-9)
within("affine_relu dw", rel_error(dw_num, dw), 1e-9)
within("affine_relu db", rel_error(db_num, db), 1e-9)

# %% losses
np.random.seed(231)
scores = 0.001 * np.random.randn(50, 10)
y = np.random.randint(10, size=50)
dx_num = eval_numerical_gradient(lambda x: svm_loss(x, y)[0], scores, verbose=False)
loss, dx = svm_loss(scores, y)
published("svm loss", loss, 8.999602749096233)
within("svm dx", rel_error(dx_num, dx), 1e-8)
dx_num = eval_numerical_gradient(lambda x: softmax_loss(x, y)[0], scores, verbose=False)
loss, dx = softmax_loss(scores, y)
published("softmax loss", loss, 2.302545844500738)
within("softmax dx", rel_error(dx_num, dx), 1e-7)

# %% TwoLayerNet
np.random.seed(231)
X = np.random.randn(3, 5)
y = np.random.randint(7, size=3)
model = TwoLayerNet(input_dim=5, hidden_dim=50, num_classes=7, weight_scale=1e-3)
within("spread of W1", abs(model.params["W1"].std() - 1e-3), 1e-4)
within("spread of W2", abs(model.params["W2"].std() - 1e-3), 1e-4)
assert np.all(model.params["b1"] == 0)
assert np.all(model.params["b2"] == 0)
model.params["W1"] = np.linspace(-0.7, 0.3, num=250).reshape(5, 50)
model.params["b1"] = np.linspace(-0.1, 0.9, num=50)
model.params["W2"] = np.linspace(-0.3, 0.4, num=350).reshape(50, 7)
model.params["b2"] = np.linspace(-0.9, 0.1, num=7)
X = np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T
scores = model.loss(X)
published("scores of TwoLayerNet", scores[:, 0], [11.53165108, 12.05769098, 12.58373087], 1e-8)
published("last score", scores[2, 6], 16.2846319, 1e-7)
y = np.asarray([0, 5, 1])
published("loss of TwoLayerNet", model.loss(X, y)[0], 3.4702243556, 1e-10)
model.reg = 1.0
published("its regularised loss", model.loss(X, y)[0], 26.5948426952, 1e-10)
for reg in [0.0, 0.7]:
    model.reg = reg
    for name, error in numeric_errors(model, X, y).items():
        within(f"TwoLayerNet {name} reg {reg}", error, 1e-6)

# %% a Solver for it
model = TwoLayerNet(input_dim=data["X_train"][0].size, hidden_dim=50, reg=1e-3)
settings = {"learning_rate": two_layer_rate}
solver = Solver(
    model, data, update_rule="sgd", optim_config=settings, lr_decay=0.95, num_epochs=10, batch_size=200, print_every=100
)
solver.train()
assert len(solver.loss_history) == 10 * (len(data["X_train"]) // 200)
assert len(solver.train_acc_history) == len(solver.val_acc_history) == 11
assert max(solver.val_acc_history) == solver.best_val_acc > 0.4
within("best parameters are put back", rel_error(model.params["W1"], solver.best_params["W1"]), 0)

# %% nets of any depth: first loss and gradients
np.random.seed(231)
X = np.random.randn(2, 15)
y = np.random.randint(10, size=(2,))
for reg, printed in [(0, 2.3004790897684924), (3.14, 7.052114776533016)]:
    model = FullyConnectedNet([20, 30], input_dim=15, num_classes=10, reg=reg, weight_scale=5e-2, dtype=np.float64)
    loss, grads = model.loss(X, y)
    published(f"first loss, reg {reg}", loss, printed)
    assert len(model.params.keys()) == len(grads.keys())
    for name, error in numeric_errors(model, X, y).items():
        # "An error for W2 on the order of e-5 is fine when reg = 0": finished notebooks print 2.21e-05.
        within(f"FullyConnectedNet {name} reg {reg}", error, 2.3e-5 if (name, reg) == ("W2", 0) else 1e-6)

# %% 50 images learnt by heart
few = {name: array[:50] if "train" in name else array for name, array in data.items()}
size = data["X_train"][0].size
for hidden, scale, rate in overfits:
    model = FullyConnectedNet(hidden, input_dim=size, weight_scale=scale, dtype=np.float64)
    solver = Solver(
        model,
        few,
        print_every=10,
        num_epochs=20,
        batch_size=25,
        update_rule="sgd",
        optim_config={"learning_rate": rate},
    )
    solver.train()
    within(f"overfit 50 with {len(hidden) + 1} layers", 1 - max(solver.train_acc_history), 0)

# %% update rules on given numbers
from cs231n.optim import adam, rmsprop, sgd_momentum

w = np.linspace(-0.4, 0.6, num=20).reshape(4, 5)
dw = np.linspace(-0.6, 0.4, num=20).reshape(4, 5)
v = np.linspace(0.6, 0.9, num=20).reshape(4, 5)
config = {"learning_rate": 1e-3, "velocity": v.copy()}
next_w, _ = sgd_momentum(w, dw, config=config)
published("momentum", next_w[[0, 1, 3], [0, 2, 4]], [0.1406, 0.60812632, 1.4096], 1e-8)
published("velocity", config["velocity"][[0, 2, 3], [1, 3, 4]], [0.55475789, 0.72465263, 0.8096], 1e-8)
config = {"learning_rate": 1e-2, "cache": v.copy()}
next_w, _ = rmsprop(w, dw, config=config)
published("rmsprop", next_w[[0, 1, 3], [0, 2, 4]], [-0.39223849, -0.02881884, 0.59576619], 1e-8)
published("cache", config["cache"][[0, 2, 3], [1, 3, 4]], [0.6126277, 0.79728144, 0.8926], 1e-8)
config = {"learning_rate": 1e-2, "m": v.copy(), "v": np.linspace(0.7, 0.5, num=20).reshape(4, 5), "t": 5}
next_w, _ = adam(w, dw, config=config)
published("adam", next_w[[0, 1, 3], [0, 2, 4]], [-0.40094747, -0.03286534, 0.59801459], 1e-8)
published("adam v", config["v"][[0, 2, 3], [1, 3, 4]], [0.68908382, 0.56260183, 0.49966], 1e-8)
published("adam m", config["m"][[0, 2, 3], [1, 3, 4]], [0.49947368, 0.73315789, 0.85], 1e-8)

# %% update rules compared
some = {name: array[:4000] if "train" in name else array for name, array in data.items()}
solvers = {}
for rule, rate in [("sgd", 5e-3), ("sgd_momentum", 5e-3), ("rmsprop", 1e-4), ("adam", 1e-3)]:
    model = FullyConnectedNet([100, 100, 100, 100, 100], input_dim=size, weight_scale=5e-2)
    solvers[rule] = Solver(
        model, some, num_epochs=5, batch_size=100, update_rule=rule, optim_config={"learning_rate": rate}, verbose=False
    )
    solvers[rule].train()
final = {rule: np.mean(solver.loss_history[-10:]) for rule, solver in solvers.items()}
assert final["sgd_momentum"] < final["sgd"]
assert final["adam"] < final["sgd"]

# %% the best model, judged
best_model = model
y_val_pred = np.argmax(best_model.loss(data["X_val"]), axis=1)
within("val_acc by hand", abs((y_val_pred == data["y_val"]).mean() - solvers["adam"].best_val_acc), 1e-12)
