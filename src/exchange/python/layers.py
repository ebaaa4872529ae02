"""Modules that torch.nn has not: layers by name, blocks with several ways through them, and batch norm over all processes.

Images have their channels first here, [batch, channels, height, width]; Fathom has them last.
"""
import types

import torch
import torch.distributed as dist
from torch import nn


class Layers(nn.Module):
    """Layers in a row, each by its name: the names in `state_dict` are Fathom's paths, with dots."""

    def __init__(self, layers):
        super().__init__()
        self.names = list(layers)
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x):
        for name in self.names:
            x = self._modules[name](x)
        return x


class Permute(nn.Module):
    """The axes in another order."""

    def __init__(self, *axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.permute(self.axes)

    def extra_repr(self):
        return ", ".join(map(str, self.axes))


class Residual(Layers):
    """shortcut(x) + scale * layers(x)."""

    def __init__(self, layers, scale=1.0, shortcut=None):
        super().__init__(layers)
        self.scale = scale
        self.shortcut = shortcut

    def forward(self, x):
        branch = super().forward(x)
        return (x if self.shortcut is None else self.shortcut(x)) + self.scale * branch


class Branches(nn.Module):
    """Several ways from one input; what they give is joined."""

    def __init__(self, branches):
        super().__init__()
        for number, layers in enumerate(branches, 1):
            self.add_module(f"branch_{number}", Layers(layers))

    def forward(self, x):
        return self.join([branch(x) for branch in self._modules.values()])


class Sum(Branches):
    join = staticmethod(sum)


class Concat(Branches):
    """Side by side along the features or channels, axis 1."""

    join = staticmethod(lambda values: torch.cat(values, dim=1))


class Wired(nn.Module):
    """Layers wired by name: a node takes the values of others, joined by "add" or "concat", through its layers. `x` is the input."""

    def __init__(self, nodes, output):
        super().__init__()
        self.wiring = [(name, sources, join) for name, (sources, join, _) in nodes.items()]
        self.output = output
        for name, (_, _, layers) in nodes.items():
            self.add_module(name, Layers(layers))

    def forward(self, x):
        values = {"x": x}
        for name, sources, join in self.wiring:
            given = [values[source] for source in sources]
            joined = torch.cat(given, dim=1) if join == "concat" else sum(given[1:], given[0])
            values[name] = self._modules[name](joined)
        return values[self.output]


def of_parts(model, synchronised):
    """Lets norms take the rows that a process has, which may be one or none, where torch.nn's refuse them.

    With `synchronised`, every batch norm takes mean and variance over the rows of all processes, as one process with the whole batch does. torch.nn.SyncBatchNorm
    does so on CUDA alone; this does it with gloo, too, and where processes have different numbers of rows.
    """
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.synchronised = synchronised and dist.is_initialized()
            module.forward = types.MethodType(_batch_norm, module)
        elif isinstance(module, nn.modules.instancenorm._InstanceNorm):
            module.forward = types.MethodType(_instance_norm, module)


def _batch_norm(self, x):
    values = x.numel() // max(1, x.shape[1])
    if not self.training or (values > 1 and not self.synchronised):
        return type(self).forward(self, x)
    axes = [axis for axis in range(x.dim()) if axis != 1]
    shape = [1, -1] + [1] * (x.dim() - 2)
    total = torch.cat([x.sum(axes), x.new_tensor([float(values)])])
    if self.synchronised:
        from torch.distributed.nn.functional import all_reduce  # with gradients

        total = all_reduce(total)
    number = total[-1].detach().clamp(min=1)
    mean = total[:-1] / number
    centred = x - mean.view(shape)
    squares = centred.square().sum(axes)
    variance = (all_reduce(squares) if self.synchronised else squares) / number
    with torch.no_grad():
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * (number / (number - 1).clamp(min=1)), self.momentum)
    y = centred * torch.rsqrt(variance + self.eps).view(shape)
    return y * self.weight.view(shape) + self.bias.view(shape)


def _instance_norm(self, x):
    if len(x) > 0 or not self.affine:
        return type(self).forward(self, x)
    # Of no rows: its weights are part of the step all the same.
    shape = [1, -1] + [1] * (x.dim() - 2)
    return x * self.weight.view(shape) + self.bias.view(shape)
