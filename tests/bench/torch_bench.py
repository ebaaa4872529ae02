#!/usr/bin/env python3
"""The workloads of bench:dawn in PyTorch, for ratios from one machine: python3 tests/bench/torch_bench.py [W1,M512,...] [--ways eager,graph] ...

Wall time per step in microseconds, median of 5 rounds, each ended by a synchronization. Float32 throughout; "TF32" lets the matrix units round the
factors of a product to 10 bits, which no WGSL kernel does, so the columns without it are those to compare with. A step is forward, loss, backward
and update, on a batch that lies on the device; W4 also copies the norm of every layer's weight gradient to the host. Ways of running a step:

eager     as written
graph     captured once and replayed (CUDA graphs): the GPU's own time, without Python
compiled  forward, loss and backward through torch.compile, then captured; compiling takes up to a minute per workload
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn

ROUNDS = 5
MLPS = {
    "W1": dict(dims=[8] + [64] * 32 + [1], act=nn.Tanh, norm=False, batch=64, loss="mse", optimizer="sgd"),
    "W2": dict(dims=[784, 512, 512, 512, 10], act=nn.ReLU, norm=False, batch=128, loss="cross_entropy", optimizer="adam"),
    "W3": dict(dims=[64] + [256] * 20 + [10], act=nn.ReLU, norm=True, batch=128, loss="cross_entropy", optimizer="momentum"),
}
MLPS["W4"] = dict(MLPS["W1"], norms=True)
PRODUCTS = {f"M{n}": n for n in (256, 512, 1024, 2048, 4096)}
cuda = torch.cuda.is_available()
device = torch.device("cuda" if cuda else "cpu")


def synchronize():
    if cuda:
        torch.cuda.synchronize()


def mlp(dims, act, norm, batch, loss, optimizer, norms=False):
    """A function that takes one step, and what it changes."""
    torch.manual_seed(0)
    layers = []
    for i, (a, b) in enumerate(zip(dims, dims[1:])):
        layers.append(nn.Linear(a, b))
        if i + 2 < len(dims):
            layers += ([nn.BatchNorm1d(b)] if norm else []) + [act()]
    model = nn.Sequential(*layers).to(device)
    x = torch.randn(batch, dims[0], device=device)
    y = nn.functional.one_hot(torch.randint(dims[-1], (batch,), device=device), dims[-1]).float()
    criterion = nn.MSELoss() if loss == "mse" else nn.CrossEntropyLoss()
    parameters = list(model.parameters())
    options = dict(foreach=True) if cuda else {}
    if optimizer == "adam":
        update = torch.optim.Adam(parameters, lr=1e-3, capturable=cuda, **options)
    else:
        update = torch.optim.SGD(parameters, lr=0.01, momentum=0.9 if optimizer == "momentum" else 0, **options)
    weights = [layer.weight for layer in model if isinstance(layer, nn.Linear)]
    host = torch.empty(len(weights), pin_memory=cuda)

    def loss_of(x, y):
        return criterion(model(x), y)

    def step(loss_of=loss_of):
        update.zero_grad(set_to_none=True)
        loss_of(x, y).backward()
        if norms:
            host.copy_(torch.stack(torch._foreach_norm([weight.grad for weight in weights])), non_blocking=True)
        update.step()

    return step, loss_of


def product(n):
    a, b, c = (torch.randn(n, n, device=device) for _ in range(3))
    return lambda: torch.mm(a, b, out=c)


def step_of(workload, way):
    """A function that takes one step of a workload."""
    if workload in PRODUCTS:
        step, loss_of = product(PRODUCTS[workload]), None
    else:
        step, loss_of = mlp(**MLPS[workload])
    if way == "eager":
        return step
    if way == "graph":
        return captured(step)
    fast = torch.compile(loss_of)
    return captured(lambda: step(fast))


def captured(step):
    """The step as a CUDA graph."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def timed(step, seconds):
    """Milliseconds per step, one number per round."""
    count, spent = 1, 0.0
    while True:
        synchronize()
        begun = time.perf_counter()
        for _ in range(count):
            step()
        synchronize()
        spent = time.perf_counter() - begun
        if spent > seconds / 2:
            break
        count *= 2
    count = max(1, round(count * seconds / spent))
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(count):
            step()
        synchronize()
        rounds.append((time.perf_counter() - begun) * 1000 / count)
    return rounds


def row(workload, way, tf32, seconds):
    """What one way of running a workload takes."""
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    begun = time.perf_counter()
    step = step_of(workload, way)
    step()
    synchronize()
    first = (time.perf_counter() - begun) * 1000
    return dict(workload=workload, way=way, tf32=tf32, wall=timed(step, seconds), firstStepMs=first)


def shown(result):
    microseconds = 1000 * statistics.median(result["wall"])
    n = PRODUCTS.get(result["workload"])
    return f"{microseconds:.1f}" + (f" ({2 * n**3 / microseconds / 1e3:.0f} GFLOP/s)" if n else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="?", default=",".join([*MLPS, *PRODUCTS]))
    parser.add_argument("--ways", default="eager,graph" if cuda else "eager")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a round")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    name = torch.cuda.get_device_name() if cuda else "CPU"
    columns = [(way, tf32) for tf32 in ((False, True) if cuda else (False,)) for way in arguments.ways.split(",")]
    results = []
    heads = [way + (", TF32" if tf32 else "") for way, tf32 in columns]
    print(f"| PyTorch, us per step | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}", flush=True)
    for workload in arguments.only.split(","):
        cells = []
        for way, tf32 in columns:
            if way == "compiled" and workload in PRODUCTS:
                cells.append("-")
                continue
            try:
                results.append(row(workload, way, tf32, arguments.seconds))
                cells.append(shown(results[-1]))
            except Exception as error:  # one way that fails must not cost the others
                print(f"{workload} {way}: {type(error).__name__}: {str(error)[:200]}", flush=True)
                cells.append("failed")
        print(f"| {workload} | {' | '.join(cells)} |", flush=True)
        if arguments.json:
            with open(arguments.json, "w") as file:
                json.dump(dict(device=name, torch=torch.__version__, results=results), file, indent=1)
    print(f"\n{name}, PyTorch {torch.__version__}; {ROUNDS} rounds of {arguments.seconds} s")


if __name__ == "__main__":
    main()
