import torch

import files


class Part:
    """Rows of inputs and their targets."""

    def __init__(self, x, y):
        self.x, self.y, self.rows = x, y, len(x)

    def batch(self, rows, device):
        return self.x[rows].to(device), self.y[rows].to(device)


def load(dtype=torch.float32):
    """The parts of the data, prepared: "train", and "validation" and "test" where there are such."""
    tensors, _ = files.read("rows.safetensors")
    names = [name for name in ("train", "validation", "test") if f"{name}.x" in tensors]
    return {name: Part(prepare(tensors[f"{name}.x"]).to(dtype), targets(tensors[f"{name}.y"], dtype)) for name in names}


def prepare(x):
    """Rows as their source has them to what the model is given; for new rows, too."""
    if SCALING:
        x = (x.double() - torch.tensor(SCALING[0], dtype=torch.float64)) / torch.tensor(SCALING[1], dtype=torch.float64)
    return x.float()


def targets(y, dtype=torch.float32):
    return y.long().squeeze(1) if CLASS_INDICES else y.to(dtype)


def answers(outputs):
    """Outputs of the model in the unit of the targets; they are scaled where a regression's are standardised, or are logarithms."""
    unscaled = outputs * torch.tensor(TARGETS[1]) + torch.tensor(TARGETS[0]) if TARGETS else outputs
    return unscaled.exp() if LOG_TARGETS else unscaled
