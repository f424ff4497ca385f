"""Digits in the style of an old example: log_softmax at the end, F.nll_loss, SGD with momentum."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

import pellucid
from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)

digits = pellucid.data.load("digits", seed=SEED)
train_x = (torch.tensor(digits.train.images).float() - 4.9) / 6.0
test_x = (torch.tensor(digits.validation.images).float() - 4.9) / 6.0
train_y, test_y = torch.tensor(digits.train.labels).long(), torch.tensor(digits.validation.labels).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3)
        self.fc1 = nn.Linear(8 * 3 * 3, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = x.view(-1, 72)
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


def train(model, train_loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()


def test(model, test_loader):
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        for data, target in test_loader:
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            pred = output.max(1, keepdim=True)[1]
            correct += pred.eq(target.view_as(pred)).sum().item()
    test_loss /= len(test_loader.dataset)


model = Net()
optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.5)
train_loader = DataLoader(TensorDataset(train_x, train_y), batch_size=64, shuffle=True)
test_loader = DataLoader(TensorDataset(test_x, test_y), batch_size=1000)
with watch(model, optimizer, show=False) as doctor:
    for epoch in range(1, 9):
        train(model, train_loader, optimizer, epoch)
        test(model, test_loader)
