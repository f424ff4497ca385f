"""Digits with a fully connected network, a DataLoader, train() and evaluate()."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import pellucid
from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)

digits = pellucid.data.load("digits", seed=SEED)
x_train = torch.tensor(digits.train.images, dtype=torch.float32).reshape(-1, 64)
y_train = torch.tensor(digits.train.labels, dtype=torch.long)
x_val = torch.tensor(digits.validation.images, dtype=torch.float32).reshape(-1, 64)
y_val = torch.tensor(digits.validation.labels, dtype=torch.long)
mean, std = x_train.mean(), x_train.std()
x_train = (x_train - mean) / std
x_val = (x_val - mean) / std

train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(x_val, y_val), batch_size=256)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(64, 64)
        self.norm = nn.BatchNorm1d(64)
        self.drop = nn.Dropout(0.2)
        self.second = nn.Linear(64, 64)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        x = self.drop(F.relu(self.norm(self.hidden(x))))
        x = F.relu(self.second(x))
        return self.out(x)


model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def train():
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()


def evaluate():
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in val_loader:
            correct += (model(x).argmax(dim=1) == y).sum().item()
    return correct / len(y_val)


with watch(model, optimizer, show=False) as doctor:
    for epoch in range(8):
        train()
        accuracy = evaluate()
