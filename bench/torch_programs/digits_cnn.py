"""Digits with a convolutional network, batches cut by hand, a schedule, losses from torch.nn.functional."""

import torch
import torch.nn.functional as F
from torch import nn

import pellucid
from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)

data = pellucid.data.load("digits", seed=SEED)
images = torch.from_numpy(data.train.images).float() / 16.0
labels = torch.from_numpy(data.train.labels).long()
test_images = torch.from_numpy(data.validation.images).float() / 16.0
test_labels = torch.from_numpy(data.validation.labels).long()

net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(32 * 4 * 4, 10),
)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.StepLR(opt, step_size=4, gamma=0.5)
batch_size = 50

with watch(net, opt, show=False) as doctor:
    for epoch in range(6):
        net.train()
        order = torch.randperm(len(images))
        for i in range(0, len(images), batch_size):
            idx = order[i : i + batch_size]
            opt.zero_grad()
            logits = net(images[idx])
            loss = F.cross_entropy(logits, labels[idx])
            loss.backward()
            opt.step()
        scheduler.step()
        net.eval()
        with torch.no_grad():
            test_loss = F.cross_entropy(net(test_images), test_labels).item()
