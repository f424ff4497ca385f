"""Yes or no with a sigmoid at the end and nn.BCELoss, targets as a column."""

import numpy as np
import torch
import torch.nn as nn

from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)
np.random.seed(SEED)

X = torch.tensor(np.random.randn(1000, 5), dtype=torch.float32)
Y = ((X[:, 0] * X[:, 1] > 0) | (X[:, 2] > 1)).float().unsqueeze(1)
X_test = torch.tensor(np.random.randn(300, 5), dtype=torch.float32)
Y_test = ((X_test[:, 0] * X_test[:, 1] > 0) | (X_test[:, 2] > 1)).float().unsqueeze(1)

model = nn.Sequential(
    nn.Linear(5, 24),
    nn.ReLU(),
    nn.Linear(24, 24),
    nn.ReLU(),
    nn.Linear(24, 1),
    nn.Sigmoid(),
)
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

with watch(model, optimizer, show=False) as doctor:
    for epoch in range(20):
        permutation = torch.randperm(X.size(0))
        for i in range(0, X.size(0), 40):
            indices = permutation[i : i + 40]
            optimizer.zero_grad()
            loss = criterion(model(X[indices]), Y[indices])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            predictions = (model(X_test) > 0.5).float()
            accuracy = (predictions == Y_test).float().mean()
