"""The log of a run, in lines that `fathom diagnose history.jsonl` reads: every step's loss and norm, and statistics of the layers in some."""
import json
import math

import torch
import torch.distributed as dist


class Log:
    """Writes history.jsonl from the first process. header.json says which layers there are, and `watched` in it where their tensors are.

    `after`: of a run that is resumed at this step, what the file has beyond it is taken out, for it comes again.
    """

    def __init__(self, path, model, every, processes, after=None):
        with open("header.json") as file:
            header = json.load(file)
        self.watched = header.pop("watched")
        self.every, self.processes, self.sampled, self.tensors = every, processes, False, {}
        self.file = None
        if processes.rank == 0:
            lines = [header] if after is None else kept(path, after)
            self.file = open(path, "w")
            for line in lines:
                self.line(line)
        modules = dict(model.named_modules())
        for layer in self.watched:
            if layer["z"] in modules:
                modules[layer["z"]].register_forward_hook(self.look(layer["name"]))

    def look(self, name):
        def hook(_module, _given, z):
            if self.sampled and z.requires_grad:
                self.tensors.setdefault((name, "z"), []).append(z.detach())
                # The gradient of the loss by z.
                z.register_hook(lambda delta: self.tensors.setdefault((name, "delta"), []).append(delta))

        return hook

    def begin(self, step, last):
        """Before a step: whether it is one whose layers are looked at."""
        self.sampled, self.tensors = (step - 1) % self.every == 0 or step == last, {}

    def gradients(self, parameters):
        """After the backward pass, before clipping: gradients as they are, and weights to compare with."""
        if self.sampled:
            watched = {layer["weight"]: parameters[layer["weight"]] for layer in self.watched}
            self.before = {name: parameter.detach().clone() for name, parameter in watched.items()}
            self.found = {name: statistics(parameter.grad) for name, parameter in watched.items() if parameter.grad is not None}

    def step(self, record, parameters):
        """After the update."""
        if self.sampled:
            record = {**record, "layers": [self.layer(layer, parameters) for layer in self.watched]}
        self.line(record)

    def layer(self, layer, parameters):
        found, weight = {}, layer["weight"]
        world = self.processes.world
        for kind in ("z", "delta"):
            parts = self.tensors.get((layer["name"], kind))
            # Each process has its rows; its loss is `world` times its share of the whole batch's.
            if parts:
                found[kind] = statistics(torch.cat([part.reshape(-1) for part in parts]) / (world if kind == "delta" else 1), world > 1)
        if weight in self.found:
            found["weight_gradient"] = self.found[weight]
        return {**found, "weight": statistics(self.before[weight]), "update": statistics(parameters[weight].detach() - self.before[weight])}

    def line(self, record):
        if self.file:
            self.file.write(json.dumps(plain(record)) + "\n")
            self.file.flush()


def kept(path, step):
    """The header and all lines up to a step."""
    with open(path) as file:
        header, *lines = map(json.loads, file)
    return [header] + [line for line in lines if "end" not in line and line.get("step", line.get("validation", {}).get("step", 0)) <= step]


def statistics(x, over_processes=False):
    """Of one tensor, over its finite elements."""
    flat = x.detach().double().reshape(-1)
    finite = flat[torch.isfinite(flat)]
    low, high = (finite.min(), finite.max()) if finite.numel() else (flat.new_tensor(math.inf), flat.new_tensor(-math.inf))
    counts = (finite == 0, torch.isnan(flat), torch.isinf(flat))
    sums = torch.stack([flat.new_tensor(float(flat.numel())), finite.sum(), finite.square().sum(), finite.abs().sum()] + [each.sum().double() for each in counts])
    ends = torch.stack([-low, high])
    if over_processes:
        dist.all_reduce(sums)
        dist.all_reduce(ends, op=dist.ReduceOp.MAX)
    count, total, squares, absolute, zeros, nans, infinite = sums.tolist()
    used = max(1.0, count - nans - infinite)
    mean, low, high = total / used, -ends[0].item(), ends[1].item()
    return {
        "count": int(count),
        "l2": math.sqrt(squares),
        "rms": math.sqrt(squares / used),
        "mean": mean,
        "std": math.sqrt(max(0.0, squares / used - mean * mean)),
        "min": low if low <= high else 0.0,
        "max": high if low <= high else 0.0,
        "absMean": absolute / used,
        "zeroFraction": zeros / max(1.0, count),
        "nanCount": int(nans),
        "infCount": int(infinite),
    }


def plain(value):
    """JSON has no numbers that are not finite: they are texts."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
