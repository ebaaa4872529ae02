"""Trains the model. `python train.py` runs in one process; `torchrun --nproc_per_node 4 train.py` in four, with the steps that one would take.

What differs from Fathom: dropout draws other numbers (which also depend on the number of processes), and sums are rounded in another order.
"""
import argparse
import contextlib
import json
import math
import os
import signal
import time

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import data
import files
import layers
import settings
from batches import Batches
from log import Log
from model import build


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resume", action="store_true", help="go on from run.pt")
    parser.add_argument("--steps", type=int, default=settings.STEPS, help="steps of the whole run (default: %(default)s)")
    parser.add_argument("--stop-after", type=int, help="stop after this step, as Ctrl-C does; --resume goes on")
    parser.add_argument("--log-every", type=int, default=settings.LOG_EVERY, help="steps from one whose layers are looked at to the next (default: %(default)s)")
    parser.add_argument("--checkpoint-every", type=float, default=30, help="seconds between two checkpoints (default: %(default)s)")
    parser.add_argument(
        "--batch-norm",
        choices=["synchronised", "per-process"],
        default="synchronised",
        help="mean and variance of a batch norm: over the rows of all processes, as one process has them (the default), or of each process alone",
    )
    parser.add_argument("--double", action="store_true", help="compute in 64 bits, to see what rounding does")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="default: %(default)s")
    return parser.parse_args()


class Processes:
    """The processes of torchrun; a program that was started by itself is the only one."""

    def __init__(self, device):
        self.rank, self.world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if device == "cuda" else torch.device(device)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        if self.world > 1:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    def sum(self, *numbers):
        """Numbers added up over all processes."""
        total = torch.stack([torch.as_tensor(number, dtype=torch.float64, device=self.device) for number in numbers])
        if self.world > 1:
            dist.all_reduce(total)
        return total.tolist()


class Run:
    """What a run is at a step: everything that a checkpoint holds."""

    def __init__(self, options, processes):
        self.options, self.processes = options, processes
        self.model = build().to(processes.device, torch.float64 if options.double else torch.float32)
        self.model.load_state_dict(files.read("weights.safetensors")[0], strict=True)
        self.parameters = dict(self.model.named_parameters())
        for name in settings.FROZEN:
            self.parameters[name].requires_grad_(False)
        self.optimizer = settings.optimizer(self.parameters)
        self.plateau = settings.plateau()
        # Updates are steps without those that were skipped because they were not finite.
        self.step, self.updates, self.batch = 0, 0, 0
        self.best, self.waited, self.losses, self.average, self.averaged = None, 0, [0.0, 0], None, 0
        if os.path.exists("run.safetensors"):
            self.from_fathom(*files.read("run.safetensors"))

    def from_fathom(self, tensors, texts):
        """Goes on from a checkpoint of Fathom, which the export has put beside this program."""
        run = json.loads(texts["run"])
        self.step, self.updates, self.batch = run["step"], run["updates"], run["batches"]
        for name, parameter in self.parameters.items():
            state = {key[len(name) + 1 :]: tensor.to(parameter) for key, tensor in tensors.items() if key.startswith(f"{name}|") and not key.endswith("|average")}
            if parameter.requires_grad and self.updates > 0:
                self.optimizer.state[parameter] = settings.state(state, self.updates)
        average = {name: tensors[f"{name}|average"].to(self.processes.device) for name in self.parameters if f"{name}|average" in tensors}
        if average:
            self.average, self.averaged = average, settings.averaged(self.updates)
        if self.plateau and run.get("plateau"):
            self.plateau.state.update(run["plateau"])
        if run.get("best"):
            kept = {key[len("best|") :]: tensor for key, tensor in tensors.items() if key.startswith("best|")}
            self.best, self.waited = {**run["best"], "model": kept}, run["waited"]

    def save(self, path="run.pt"):
        if self.processes.rank > 0:
            return
        kept = ("step", "updates", "batch", "best", "waited", "losses", "average", "averaged")
        state = {name: getattr(self, name) for name in kept}
        state.update(model=self.model.state_dict(), optimizer=self.optimizer.state_dict(), plateau=self.plateau and self.plateau.state)
        torch.save(state, f"{path}.part")
        os.replace(f"{path}.part", path)

    def load(self, path="run.pt"):
        if not os.path.exists(path):
            raise SystemExit(f"--resume: there is no {path} here to go on from; without --resume the run begins")
        state = torch.load(path, map_location=self.processes.device)
        self.model.load_state_dict(state.pop("model"))
        self.optimizer.load_state_dict(state.pop("optimizer"))
        plateau = state.pop("plateau")
        if self.plateau:
            self.plateau.state = plateau
        for name, value in state.items():
            setattr(self, name, value)

    def learning_rate(self, step):
        return settings.LEARNING_RATE * settings.factor(step - 1) * (self.plateau.state["factor"] if self.plateau else 1)


def evaluate(model, part, processes):
    """Mean loss and accuracy over a part of the data; each process has some of its rows."""
    model.eval()
    loss = weight = right = 0.0
    with torch.no_grad():
        for rows in torch.arange(processes.rank, part.rows, processes.world).split(1024):
            x, y = part.batch(rows, processes.device)
            outputs = model(x)
            loss += settings.losses(outputs, y).item()
            weight += float(settings.weight(y))
            right += float((settings.classes(outputs) == settings.classes_of_targets(y)).sum()) if settings.CLASSIFICATION else 0.0
    loss, weight, right = processes.sum(loss, weight, right)
    return {"loss": loss / max(weight, 1e-30), **({"accuracy": right / part.rows} if settings.CLASSIFICATION else {})}


def train(options, processes):
    parts = data.load(torch.float64 if options.double else torch.float32)
    run = Run(options, processes)
    if options.resume:
        run.load()
    layers.of_parts(run.model, options.batch_norm == "synchronised")
    # Buffers are the same in all processes; with batch norm per process they are those of the first.
    model = DistributedDataParallel(run.model) if processes.world > 1 else run.model
    batches = Batches(parts["train"].rows, settings.BATCH_SIZE, settings.KEY, run.batch, processes.rank, processes.world)
    coming = iter(batches)
    log = Log("history.jsonl", run.model, options.log_every, processes, after=run.step if options.resume else None)
    interrupted = []
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, lambda *_: interrupted.append(True))
    saved, status = time.monotonic(), "finished"

    while run.step < options.steps:
        run.step += 1
        log.begin(run.step, options.steps)
        run.model.train()
        for name in settings.FROZEN_NORMS:
            run.model.get_submodule(name).eval()
        # A step's random numbers depend on the step alone, so that a run that is resumed draws the same.
        torch.manual_seed(settings.SEED * 1_000_003 + run.step * 1_009 + processes.rank)
        run.optimizer.zero_grad(set_to_none=True)

        # The gradient of the mean over all rows of the step: sums are divided by what all processes and batches have together.
        given = [parts["train"].batch(next(coming), processes.device) for _ in range(settings.ACCUMULATE)]
        run.batch += settings.ACCUMULATE
        (total,) = processes.sum(sum(float(settings.weight(y)) for _, y in given))
        loss = 0.0
        for number, (x, y) in enumerate(given, 1):
            alone = processes.world > 1 and number < len(given)
            with model.no_sync() if alone else contextlib.nullcontext():
                part = settings.losses(model(x), y) / total
                # Processes' gradients are averaged; what is wanted is their sum.
                (part * processes.world).backward()
            loss += part.detach()
        loss, stop = processes.sum(loss, float(bool(interrupted)))

        trained = {name: parameter for name, parameter in run.parameters.items() if parameter.grad is not None}
        norm = math.sqrt(sum(parameter.grad.double().square().sum().item() for parameter in trained.values()))
        penalty = settings.penalty(run.parameters)
        rate = run.learning_rate(run.step)
        record = {"step": run.step, "epoch": run.batch / batches.per_epoch, "loss": loss, "regularizationLoss": penalty, "gradientNorm": norm, "learningRate": rate}
        log.gradients(run.parameters)
        finite = all(map(math.isfinite, (loss, penalty, norm)))
        if finite:
            settings.clip(trained.values(), norm)
            settings.add_penalties(trained)
            for group in run.optimizer.param_groups:
                group["lr"] = rate * group["factor"]
            run.optimizer.step()
            run.updates += 1
            run.average, run.averaged = settings.averaged_with(run)
        run.losses = [run.losses[0] + loss, run.losses[1] + 1]
        log.step(record, run.parameters)
        if not finite and not settings.SKIP_NON_FINITE:
            status = "non_finite"
            log.line({"end": {"status": status, "nonFinite": {"step": run.step, "tensor": "loss" if not math.isfinite(loss) else "gradient_norm", "nanCount": 1, "infCount": 0}}})
            break

        if "validation" in parts and (run.step % settings.VALIDATE_EVERY == 0 or run.step == options.steps):
            found = evaluate(run.model, parts["validation"], processes)
            record = {"step": run.step, "epoch": run.batch / batches.per_epoch, "trainLoss": run.losses[0] / run.losses[1], "validationLoss": found["loss"]}
            record.update({"validationAccuracy": found["accuracy"]} if "accuracy" in found else {})
            run.losses = [0.0, 0]
            log.line({"validation": record})
            if processes.rank == 0:
                print("  ".join(f"{name} {value:.6g}" for name, value in record.items()), flush=True)
            if run.plateau:
                run.plateau.validated(run.step, found["loss"], run.learning_rate(run.step + 1))
            if settings.EARLY_STOPPING and stops_early(run, record):
                status = "early_stopping"
                break
        if stop > 0 or run.step == options.stop_after:
            status = "stopped"
            break
        if time.monotonic() - saved > options.checkpoint_every:
            run.save()
            saved = time.monotonic()

    run.save()
    kept = {}
    if status in ("finished", "early_stopping") and settings.EARLY_STOPPING and run.best and settings.EARLY_STOPPING["restore_best"]:
        run.model.load_state_dict(run.best["model"])
        kept = {"keptStep": run.best["step"]}
    if run.average:
        run.model.load_state_dict({**run.model.state_dict(), **run.average})
    if status != "non_finite":
        scores = {name: evaluate(run.model, part, processes) for name, part in parts.items()}
        log.line({"end": {"status": status, **kept, **scores}})
        if processes.rank == 0:
            files.write("model.safetensors", run.model.state_dict(), {"format": "pt", "fathom.layout": "channels last"})
            for name, score in scores.items():
                print(f"{name}: " + ", ".join(f"{key} {value:.6g}" for key, value in score.items()))
    if processes.rank == 0:
        print(f"{status} after step {run.step}")


def stops_early(run, record):
    rule = settings.EARLY_STOPPING
    if record["validationLoss"] < (run.best["validationLoss"] if run.best else math.inf) - rule["min_delta"]:
        run.best = {**record, "model": {name: tensor.clone() for name, tensor in run.model.state_dict().items()} if rule["restore_best"] else None}
        run.waited = 0
        return False
    run.waited += 1
    return run.waited >= rule["patience"]


if __name__ == "__main__":
    options = arguments()
    processes = Processes(options.device)
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    train(options, processes)
    if processes.world > 1:
        dist.destroy_process_group()
