"""A regression on eight columns: nn.MSELoss, batches from a DataLoader, the loss of validation rows after each epoch."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

X = rng.normal(size=(1000, 8)).astype(np.float32)
y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.5 * X[:, 3] + 0.1 * rng.normal(size=1000)
y = y.astype(np.float32)

X_train, X_val = torch.from_numpy(X[:800]), torch.from_numpy(X[800:])
y_train, y_val = torch.from_numpy(y[:800]), torch.from_numpy(y[800:])
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)

model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

with watch(model, optimizer, show=False) as doctor:
    for epoch in range(20):
        model.train()
        running_loss = 0.0
        for xb, yb in loader:
            pred = model(xb)
            loss = loss_fn(pred, yb.unsqueeze(1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * len(xb)
        model.eval()
        with torch.no_grad():
            val_loss = loss_fn(model(X_val), y_val.unsqueeze(1)).item()
