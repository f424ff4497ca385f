"""A model that takes keywords and returns its own loss, as in Hugging Face's libraries; gradients of two batches are added."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.data import DataLoader

import pellucid
from pellucid.doctor.torch import watch

SEED = globals().get("SEED", 0)
torch.manual_seed(SEED)


@dataclass
class Output:
    loss: torch.Tensor | None
    logits: torch.Tensor


class ModelForClassification(nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.classifier = nn.Linear(hidden, classes)

    def forward(self, pixel_values, labels=None):
        logits = self.classifier(self.encoder(pixel_values))
        loss = None
        if labels is not None:
            loss = nn.functional.cross_entropy(logits.view(-1, 10), labels.view(-1))
        return Output(loss, logits)


digits = pellucid.data.load("digits", seed=SEED)
rows = [
    {"pixel_values": (torch.tensor(image).float().flatten() - 5) / 6, "labels": torch.tensor(int(label))}
    for image, label in zip(digits.train.images, digits.train.labels)
]
eval_rows = [
    {"pixel_values": (torch.tensor(image).float().flatten() - 5) / 6, "labels": torch.tensor(int(label))}
    for image, label in zip(digits.validation.images, digits.validation.labels)
]
train_dataloader = DataLoader(rows, batch_size=32, shuffle=True)
eval_dataloader = DataLoader(eval_rows, batch_size=64)

model = ModelForClassification(64, 64, 10)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
gradient_accumulation_steps = 2

with watch(model, optimizer, show=False) as doctor:
    for epoch in range(5):
        model.train()
        for step, batch in enumerate(train_dataloader):
            outputs = model(**batch)
            loss = outputs.loss / gradient_accumulation_steps
            loss.backward()
            if (step + 1) % gradient_accumulation_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        model.eval()
        for batch in eval_dataloader:
            with torch.no_grad():
                outputs = model(**batch)
            predictions = torch.argmax(outputs.logits, dim=-1)
            correct = (predictions == batch["labels"]).sum()
