"""Yes or no: one output, nn.BCEWithLogitsLoss."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

X = rng.normal(size=(1200, 6)).astype(np.float32)
threshold = 0.0
y = (X[:, 0] + X[:, 1] * X[:, 2] > threshold).astype(np.float32)
train_set = TensorDataset(torch.tensor(X[:1000]), torch.tensor(y[:1000]))
val_x, val_y = torch.tensor(X[1000:]), torch.tensor(y[1000:])
loader = DataLoader(train_set, batch_size=32, shuffle=True)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 32)
        self.fc2 = nn.Linear(32, 32)
        self.fc3 = nn.Linear(32, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        x = self.fc3(x)
        return x.squeeze(1)


model = Classifier()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

with watch(model, optimizer, show=False) as doctor:
    for epoch in range(15):
        for inputs, targets in loader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            val_loss = criterion(model(val_x), val_y)
