"""Sequences of words with an embedding and a GRU; the gradient is clipped."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

VOCABULARY, LENGTH = 50, 12


class Sentences(Dataset):
    """The label says whether more words are below 25 than above."""

    def __init__(self, count):
        self.words = rng.integers(1, VOCABULARY, size=(count, LENGTH))
        self.labels = ((self.words < 25).sum(axis=1) > LENGTH / 2).astype(np.int64)

    def __len__(self):
        return len(self.words)

    def __getitem__(self, index):
        return torch.tensor(self.words[index]), torch.tensor(self.labels[index])


train_set, test_set = Sentences(800), Sentences(200)
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
test_loader = DataLoader(test_set, batch_size=64)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 16)
        self.gru = nn.GRU(16, 32, batch_first=True)
        self.head = nn.Linear(32, 2)

    def forward(self, words):
        states, last = self.gru(self.embedding(words))
        return self.head(states[:, -1])


model = Reader()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

with watch(model, optimizer, show=False) as doctor:
    for epoch in range(10):
        model.train()
        for words, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(words), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
        model.eval()
        with torch.no_grad():
            right = sum((model(w).argmax(1) == t).sum().item() for w, t in test_loader)
