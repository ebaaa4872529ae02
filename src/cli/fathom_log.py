"""Logs what the layers of a PyTorch model do while it trains, for `fathom diagnose run.jsonl`.

One file, nothing but the standard library and torch (1.13 or later). Three lines:

    from fathom_log import FathomLog
    log = FathomLog(model, optimizer, "run.jsonl")      # before the loop
    log(step, loss)                                     # after optimizer.step()

The loop stays as it is: zero_grad, forward, loss, backward, step. At every `every`-th step (and the first five) the log has
mean, spread and size of each layer's input of the activation (z), its gradient (delta), weight gradient, weight and
update, reduced on the device and copied in one piece; at every step the loss. Layers are modules that own a
weight with two axes or more (Linear, Conv, LSTM, embeddings, ...), by their names from `named_modules`.

    log.validation(step, validation_loss, accuracy=None)    # whenever it was measured
    log.close()                                             # at the end; the file is readable while it grows, too

Options: every=10; classes=10 (a classification) or baseline_loss=1.0 (the loss of the best constant answer): how much
was learned is measured against them; batch_size=32, so that weight decay and rate can be judged. The norm of the gradient is
that before the update: after clip_grad_norm_, where the loop calls it.

Callbacks at the end of the file: `FathomLog.lightning(...)`, `.hugging_face(...)`, `.keras(...)`.
MIT license, from https://github.com/OWNER/fathom-webgpu.
"""
import json
import math

import torch
from torch import nn

FORMAT = "fathom-history/2"
# Steps that are looked at, whatever `every` says.
FIRST = 5
KINDS = ("z", "h", "delta", "weight_gradient", "weight", "update")
# Of each tensor: count, finite count, sum, sum of squares, min, max, sum of |x|, zeros, NaN, infinite.
NUMBERS = 10

ACTIVATIONS = {
    nn.ReLU: "relu", nn.LeakyReLU: "leaky_relu", nn.ReLU6: "relu6", nn.ELU: "elu", nn.SELU: "selu", nn.CELU: "celu",
    nn.GELU: "gelu", nn.SiLU: "silu", nn.Mish: "mish", nn.Sigmoid: "sigmoid", nn.Hardsigmoid: "hard_sigmoid",
    nn.Tanh: "tanh", nn.Softplus: "softplus", nn.LogSigmoid: "log_sigmoid", nn.Softsign: "softsign",
    nn.Hardswish: "hard_swish", nn.Softshrink: "softshrink",
}
# As autograd calls them, for activations that are called as functions.
GRADIENTS = {
    "ReluBackward": "relu", "LeakyReluBackward": "leaky_relu", "EluBackward": "elu", "GeluBackward": "gelu",
    "SiluBackward": "silu", "MishBackward": "mish", "SigmoidBackward": "sigmoid", "TanhBackward": "tanh",
    "SoftplusBackward": "softplus", "HardswishBackward": "hard_swish",
}
PASSED = ("View", "UnsafeView", "ReshapeAlias", "Reshape", "Flatten", "MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "NativeDropout",
          "Dropout", "Transpose", "Permute", "T", "Squeeze", "Unsqueeze", "Clone", "Slice", "Select")
# Nothing stands between two layers where this is found first.
PRODUCTS = {"AddmmBackward", "MmBackward", "ConvolutionBackward", "MkldnnConvolutionBackward", "CudnnConvolutionBackward", "LinearBackward"}
# Beyond these the slope is a few percent of its largest.
FLAT = {"tanh": (-0.97, 0.97), "sigmoid": (0.03, 0.97)}
NORMS = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm, nn.modules.instancenorm._InstanceNorm)
BATCH_NORMS = nn.modules.batchnorm._BatchNorm
OPTIMIZERS = {"SGD": "sgd", "Adam": "adam", "AdamW": "adamw", "RMSprop": "rmsprop", "Adagrad": "adagrad",
              "Adadelta": "adadelta", "Adamax": "adamax", "NAdam": "nadam", "RAdam": "radam"}


def _numbers(x, zeros=False):
    """The ten numbers of a tensor: on a CPU as numbers, elsewhere on the device, without a copy or a wait. Zeros are counted where that says something."""
    x = x.detach().reshape(-1)
    if x.is_complex():
        x = torch.view_as_real(x).reshape(-1)
    if x.dtype in (torch.float16, torch.bfloat16) or not x.is_floating_point():
        x = x.float()
    count = float(x.numel())
    wide = torch.float32 if x.device.type == "mps" else torch.float64  # no float64 there
    if count == 0:
        return [0.0] * NUMBERS
    if x.device.type == "cpu":
        y = x.to(wide, copy=True)
        total = y.sum().item()
        if math.isfinite(total):
            # In place, and as they are quickest there: count_nonzero takes ten times as long, and dot wakes the threads of a BLAS.
            low, high = torch.aminmax(x)
            size = y.abs_().sum().item()
            squares = y.mul_(y).sum().item()
            none = count - x.bool().sum().item() if zeros else math.nan
            return [count, count, total, squares, low.item(), high.item(), size, none, 0.0, 0.0]
    good = torch.isfinite(x)
    nans, infinite = torch.isnan(x).sum().to(wide), torch.isinf(x).sum().to(wide)
    finite = count - nans - infinite
    low = torch.where(good, x, torch.full_like(x, math.inf)).min().to(wide)
    high = torch.where(good, x, torch.full_like(x, -math.inf)).max().to(wide)
    x = torch.where(good, x, torch.zeros_like(x))
    y = x.to(wide)
    none = finite - x.bool().sum() if zeros else finite * math.nan
    all_of_it = torch.stack([finite * 0 + count, finite, y.sum(), (y * y).sum(), low, high, y.abs().sum(), none, nans, infinite])
    return all_of_it.tolist() if x.device.type == "cpu" else all_of_it


def _together(parts):
    """Numbers of several tensors as of one."""
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, list) for part in parts):
        return [(min if at == 4 else max if at == 5 else sum)(part[at] for part in parts) for at in range(NUMBERS)]
    device = next(part.device for part in parts if not isinstance(part, list))
    rows = torch.stack([torch.tensor(part, device=device) if isinstance(part, list) else part.to(device) for part in parts])
    total = rows.sum(0)
    total[4], total[5] = rows[:, 4].min(), rows[:, 5].max()
    return total


def _dense(gradient):
    return (gradient.coalesce().values() if gradient.is_sparse else gradient).detach()


def _stats(numbers):
    """What a history has of a tensor, from its ten numbers."""
    count, finite, total, squares, low, high, size, zeros, nans, infinite = numbers
    n = max(finite, 1.0)
    mean = total / n
    if finite == 0:
        low = high = 0.0
    stats = {
        "count": int(count), "l2": math.sqrt(squares), "rms": math.sqrt(squares / n), "mean": mean,
        "std": math.sqrt(max(0.0, squares / n - mean * mean)), "min": low, "max": high, "absMean": size / n,
    }
    if zeros == zeros:
        stats["zeroFraction"] = zeros / max(count, 1.0)
    if nans:
        stats["nanCount"] = int(nans)
    if infinite:
        stats["infCount"] = int(infinite)
    return stats


def _plain(value):
    """Numbers that JSON has no word for, as words."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _function(node):
    """The activation that an operation of autograd is the gradient of, behind what changes no number; None where there is another."""
    for _ in range(8):
        if node is None:
            return None
        name = type(node).__name__.rstrip("0123456789")
        if name in GRADIENTS:
            return GRADIENTS[name]
        if name in PRODUCTS:
            return "linear"
        if not name.startswith(PASSED):
            return None
        node = node.next_functions[0][0] if node.next_functions else None
    return None


def _tensor(output):
    """The first tensor in what a module gave: an LSTM gives (output, state), others a dictionary."""
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict):
        output = tuple(output.values())
    if isinstance(output, (tuple, list)):
        for part in output:
            found = _tensor(part)
            if found is not None:
                return found
    return None


class FathomLog:
    def __init__(self, model, optimizer=None, path="run.jsonl", every=10, classes=None, baseline_loss=None, batch_size=None):
        self.model, self.optimizer, self.path, self.every = model, optimizer, path, max(1, int(every))
        self.task = None
        if classes is not None or baseline_loss is not None:
            self.task = {"kind": "regression" if classes is None else "classification"}
            if classes is not None:
                self.task["classes"] = int(classes)
            if baseline_loss is not None:
                self.task["baselineLoss"] = float(baseline_loss)
        self.batch_size = batch_size
        self.file = None
        self.closed = False
        self.layers = []       # (name, module, its weights)
        self.order = {}        # module -> position in the order in which it was first called
        self.after = {}        # module -> what was called right after it
        self.called = None     # the module that was called last
        self.owner = None      # the layer of weights that was called last
        self.functional = {}   # layer -> the activation after it, where that is a function
        self.seen = {}         # layer -> numbers by kind, of this step
        self.before = {}       # weights before the update
        self.norm = None
        self.rate = None
        self.looking = True    # the first steps are looked at
        self.calls = 0
        self.rows = []
        self.hooks = []
        used = set()
        for name, module in model.named_modules():
            weights = [p for p in module.parameters(recurse=False) if p.requires_grad and p.dim() > 1 and id(p) not in used]
            used.update(id(p) for p in weights)
            if isinstance(module, nn.MultiheadAttention):
                # It never calls its projection, only uses the weight of it.
                weights.append(module.out_proj.weight)
                used.add(id(module.out_proj.weight))
            # A parameter of a module that holds others, a position for one, is no layer: what the module returns is of all of them.
            leaf = isinstance(module, nn.MultiheadAttention) or not any(True for _ in module.children())
            if weights and leaf and not isinstance(module, NORMS):
                self.layers.append((name or type(module).__name__, module, weights))
        self.owners = {module for _, module, _ in self.layers}
        for module in model.modules():
            if module in self.owners or not any(True for _ in module.children()):
                self.hooks.append(module.register_forward_hook(self._forward))
        if optimizer is not None:
            self._wrap(optimizer)

    # What the hooks take.

    def _forward(self, module, inputs, output):
        if not self.looking or not torch.is_grad_enabled() or not self.model.training:
            return
        first = self.file is None
        owner = module in self.owners
        if first:
            self.order.setdefault(module, len(self.order))
            if self.called is not None:
                self.after.setdefault(self.called, module)
        before, self.called = self.called, module
        if owner:
            self._between(inputs, first)
            self.owner = module
        value = _tensor(output)
        if value is None or not value.is_floating_point():
            return
        if type(module) in ACTIVATIONS:
            if self.owner is not None:
                self._active(self.owner, value, ACTIVATIONS[type(module)])
        elif owner or (isinstance(module, BATCH_NORMS) and before is self.owner is not None):
            # After a batch norm z is what comes out of it.
            mine = self.seen.setdefault(module if owner else self.owner, {})
            if not owner:
                mine.pop("z", None)
                mine["generation"] = mine.get("generation", 0) + 1
            mine.setdefault("z", []).append(_numbers(value))
            if value.requires_grad:
                value.register_hook(self._delta(mine, mine.get("generation", 0)))

    @staticmethod
    def _delta(mine, generation):
        def take(grad):
            if generation == mine.get("generation", 0):
                mine.setdefault("delta", []).append(_numbers(grad))

        return take

    def _between(self, inputs, first):
        """What stands before a layer as a function rather than a module: the last operation of its input tells."""
        value = _tensor(inputs)
        before = self.owner
        if before is None or value is None or value.grad_fn is None or "h" in self.seen.get(before, {}):
            return
        name = self.functional.get(before)
        if first:
            name = _function(value.grad_fn)
            if name is not None:
                self.functional.setdefault(before, name)
        if name is not None and name != "linear":
            self._active(before, value, name)

    def _active(self, owner, value, activation):
        mine = self.seen.setdefault(owner, {})
        if "h" in mine:
            return
        mine["h"] = [_numbers(value, zeros=True)]
        value = value.detach()
        if activation == "relu" and value.dim() > 1:
            # A unit that is active in less than 1 % of the samples is dead; of an image the channel is the unit.
            axis = 1 if value.dim() >= 4 else value.dim() - 1
            rows = value.numel() / max(1, value.shape[axis])
            # What ReLU gives is 0 or more.
            active = value.bool().sum([d for d in range(value.dim()) if d != axis])
            mine["deadFraction"] = (active < 0.01 * rows).float().mean()
        elif activation in FLAT:
            low, high = FLAT[activation]
            mine["saturatedFraction"] = ((value < low) | (value > high)).float().mean()

    def _wrap(self, optimizer):
        """Looks at gradients and weights before each update; where a closure computes them, after it."""
        step = optimizer.step

        def looked(closure=None, *args, **kwargs):
            self.rate = float(optimizer.param_groups[0]["lr"])  # a scheduler may change it before the log is called
            if closure is None:
                self._before_update()
                return step(*args, **kwargs)

            def closed():
                loss = closure()
                self._before_update()
                return loss

            return step(closed, *args, **kwargs)

        # Schedulers wrap the method of an optimizer, and look for marks of their own.
        looked.__self__ = optimizer
        looked.__func__ = lambda _, *args, **kwargs: looked(*args, **kwargs)
        if getattr(step, "_with_counter", False):
            looked._with_counter = True
        if getattr(step, "_wrapped_by_lr_sched", False):
            looked._wrapped_by_lr_sched = True
        optimizer.step = looked

    def _before_update(self):
        if not self.looking or self.closed:
            return
        grads = [_dense(p.grad) for p in self.model.parameters() if p.grad is not None]
        if grads:
            device = grads[0].device
            self.norm = torch.stack([g.norm().double().to(device) if g.device.type != "mps" else g.norm() for g in grads]).norm()
        for _, module, weights in self.layers:
            mine = self.seen.setdefault(module, {})
            own = [w.grad for w in weights if w.grad is not None]
            mine["weight_gradient"] = [_numbers(_dense(g), zeros=True) for g in own]
            mine["weight"] = [_numbers(w) for w in weights]
            for w in weights:
                self.before[id(w)] = w.detach().clone()

    # What the loop calls.

    def begin(self, step):
        """Before a step, for loops that do not log every one: whether it is looked at follows from its number."""
        self._forget()
        self.looking = self.calls < FIRST or step % self.every == 0

    def _forget(self):
        self.seen, self.before, self.norm, self.owner, self.called = {}, {}, None, None, None

    def __call__(self, step, loss, learning_rate=None, **numbers):
        """After optimizer.step(): one step, numbered from 0 or 1, and its loss (a tensor or a number)."""
        if self.closed:
            return
        if self.looking and (self.seen or self.optimizer is None):
            if self.optimizer is None or not self.before:
                self._before_update()
            self._look(step, loss, learning_rate, numbers)
        else:
            self._line(step, loss, learning_rate, numbers, None)
        self._forget()
        self.calls += 1
        # A rate that is too high shows in the first steps.
        self.looking = self.calls < FIRST or (step + 1) % self.every == 0

    log = __call__

    def _rate(self, given):
        if given is not None:
            return float(given)
        return self.rate

    def _look(self, step, loss, learning_rate, numbers):
        if self.file is None:
            self._begin()
        pieces, places = [], []
        for at, (_, module, weights) in enumerate(self.layers):
            mine = self.seen.get(module, {})
            changed = [w for w in weights if id(w) in self.before]
            if changed and self.optimizer is not None:
                mine["update"] = [_numbers(w.detach() - self.before[id(w)]) for w in changed]
            for kind in KINDS:
                if mine.get(kind):
                    pieces.append(_together(mine[kind]))
                    places.append((at, kind))
            for figure in ("deadFraction", "saturatedFraction"):
                if figure in mine:
                    pieces.append(mine[figure].reshape(1))
                    places.append((at, figure))
        loss = loss.detach().reshape(-1)[:1] if isinstance(loss, torch.Tensor) else [float(loss)]
        pieces += [loss] if self.norm is None else [loss, self.norm.reshape(1)]
        # One copy from the device for all of it.
        on_device = [piece for piece in pieces if not isinstance(piece, list)]
        rows = []
        if on_device:
            device = on_device[0].device
            dtype = torch.float32 if device.type == "mps" else torch.float64
            copied = torch.cat([piece.to(device, dtype) for piece in on_device]).cpu().tolist()
            start = 0
            for piece in on_device:
                rows.append(copied[start : start + piece.numel()])
                start += piece.numel()
        rows = iter(rows)
        values = [piece if isinstance(piece, list) else next(rows) for piece in pieces]
        layers = [{} for _ in self.layers]
        for (at, kind), row in zip(places, values):
            layers[at][kind] = _stats(row) if kind in KINDS else row[0]
        ends = values[len(places) :]
        self._line(step, ends[0][0], learning_rate, numbers, layers, None if self.norm is None else ends[1][0])

    def _line(self, step, loss, learning_rate, numbers, layers, norm=None):
        if self.file is None:
            self._begin()
        if isinstance(loss, torch.Tensor) and loss.device.type == "cpu":
            loss = loss.item()
        if isinstance(loss, torch.Tensor):
            # A copy at once would make the device wait: such losses are written with the next look.
            self.rows.append((int(step), loss.detach(), self._rate(learning_rate), numbers))
            if len(self.rows) >= 100:
                self._drain()
            return
        self._drain()
        self._write(int(step), float(loss), self._rate(learning_rate), numbers, layers, norm)

    def _drain(self):
        if not self.rows:
            return
        losses = torch.stack([loss.reshape(-1)[0].float() for _, loss, _, _ in self.rows]).cpu().tolist()
        rows, self.rows = self.rows, []
        for (step, _, rate, numbers), loss in zip(rows, losses):
            self._write(step, loss, rate, numbers, None, None)

    def _write(self, step, loss, rate, numbers, layers, norm):
        line = {"step": step, "loss": loss}
        if norm is not None:
            line["gradientNorm"] = norm
        if rate is not None:
            line["learningRate"] = rate
        if "epoch" in numbers:
            line["epoch"] = float(numbers["epoch"])
        if layers:
            line["layers"] = layers
        self._put(line)
        if layers is not None:
            self.file.flush()

    def _put(self, line):
        self.file.write(json.dumps(_plain(line), allow_nan=False) + "\n")

    def validation(self, step, loss, accuracy=None, train_loss=None):
        """A validation after this step."""
        if self.file is None:
            self._begin()
        self._drain()
        record = {"step": int(step), "validationLoss": float(loss)}
        if accuracy is not None:
            record["validationAccuracy"] = float(accuracy)
        if train_loss is not None:
            record["trainLoss"] = float(train_loss)
        self._put({"validation": record})
        self.file.flush()

    def close(self):
        """Ends the file and takes the hooks away."""
        if self.closed:
            return
        self.closed = True
        if self.file is not None:
            self._drain()
            self._put({"end": {}})
            self.file.close()
        for hook in self.hooks:
            hook.remove()
        if self.optimizer is not None and "step" in vars(self.optimizer):
            del self.optimizer.step

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What is known of the layers, once the model has been called.

    def _begin(self):
        if self.order:
            # In the order of computation; what was never called is left out.
            called = [layer for layer in self.layers if layer[1] in self.order]
            self.layers = sorted(called, key=lambda layer: self.order[layer[1]]) or self.layers
        self.infos = [self._info(at) for at in range(len(self.layers))]
        self.file = open(self.path, "w", encoding="utf-8")
        header = {"format": FORMAT, "framework": f"pytorch {torch.__version__}", "layers": self.infos}
        if self.task:
            header["task"] = self.task
        facts = self._facts()
        if facts:
            header["facts"] = facts
        self._put(header)

    def _chain(self, module):
        """What was called after a module, up to the next layer of weights."""
        found, seen = [], {module}
        while True:
            module = self.after.get(module)
            if module is None or module in self.owners or module in seen:
                return found
            seen.add(module)
            found.append(module)

    def _info(self, at):
        name, module, weights = self.layers[at]
        weight = weights[0]
        chain = self._chain(module)
        follower = next((after for after in chain if type(after) in ACTIVATIONS), None)
        last = at == len(self.layers) - 1
        if follower is not None:
            activation = ACTIVATIONS[type(follower)]
        elif isinstance(module, (nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention, nn.Embedding)):
            activation = type(module).__name__.lower()  # a word of its own: what is in it is no layer's activation
        else:
            activation = self.functional.get(module, "linear" if last else "unknown")
        transposed = isinstance(module, nn.modules.conv._ConvTransposeNd)
        width, fan_in = int(weight.shape[1 if transposed else 0]), int(weight.numel() // max(1, weight.shape[1 if transposed else 0]))
        if isinstance(module, nn.Embedding):
            width, fan_in = int(weight.shape[1]), 0
        elif isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
            width, fan_in = int(module.hidden_size), 0
        elif len(weights) > 1:
            fan_in = 0
        info = {"name": name, "role": "output" if last else "hidden", "activation": activation, "fanIn": fan_in, "width": width}
        if isinstance(module, nn.Embedding):
            info["trunk"] = False
        before = chain[: chain.index(follower)] if follower in chain else chain
        if any(isinstance(m, BATCH_NORMS) for m in before):
            info["batchNorm"] = True
        elif any(isinstance(m, NORMS) for m in chain):
            info["normalised"] = True
        return info

    def _facts(self):
        if self.optimizer is None:
            return None
        group = self.optimizer.param_groups[0]
        kind = type(self.optimizer).__name__
        if kind not in OPTIMIZERS or self.batch_size is None:
            return None
        return {"training": {
            "optimizer": OPTIMIZERS[kind], "learningRate": float(group["lr"]), "weightDecay": float(group.get("weight_decay", 0.0)),
            "decoupled": kind == "AdamW", "batchSize": int(self.batch_size),
        }}

    # Callbacks, written from the documentation of each framework.

    @staticmethod
    def lightning(path="run.jsonl", **options):
        """For lightning.Trainer(callbacks=[FathomLog.lightning("run.jsonl")])."""
        try:
            from lightning.pytorch.callbacks import Callback
        except ImportError:
            try:
                from pytorch_lightning.callbacks import Callback
            except ImportError:
                Callback = object

        class Logged(Callback):
            log = None

            def on_train_start(self, trainer, pl_module):
                optimizer = trainer.optimizers[0] if trainer.optimizers else None
                self.log = FathomLog(pl_module, optimizer, path, **options)

            def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
                loss = outputs["loss"] if isinstance(outputs, dict) else outputs
                if loss is not None:
                    self.log(trainer.global_step, loss)

            def on_validation_end(self, trainer, pl_module):
                loss = trainer.callback_metrics.get("val_loss")
                if self.log is not None and loss is not None and not trainer.sanity_checking:
                    self.log.validation(trainer.global_step, loss, trainer.callback_metrics.get("val_acc"))

            def on_train_end(self, trainer, pl_module):
                self.log.close()

        return Logged()

    @staticmethod
    def hugging_face(path="run.jsonl", **options):
        """For transformers.Trainer(callbacks=[FathomLog.hugging_face("run.jsonl")]), with TrainingArguments(logging_steps=...)."""
        try:
            from transformers import TrainerCallback
        except ImportError:
            TrainerCallback = object

        class Logged(TrainerCallback):
            fathom = None

            def on_train_begin(self, args, state, control, model=None, optimizer=None, **kwargs):
                self.fathom = FathomLog(model, optimizer, path, **{"every": args.logging_steps, **options})

            def on_step_begin(self, args, state, control, **kwargs):
                self.fathom.begin(state.global_step + 1)

            def on_log(self, args, state, control, logs=None, **kwargs):
                logs = logs or {}
                if "loss" in logs:
                    self.fathom(state.global_step, logs["loss"], logs.get("learning_rate"))
                if "eval_loss" in logs:
                    self.fathom.validation(state.global_step, logs["eval_loss"], logs.get("eval_accuracy"))

            def on_train_end(self, args, state, control, **kwargs):
                self.fathom.close()

        return Logged()

    @staticmethod
    def keras(path="run.jsonl", **options):
        """For model.fit(callbacks=[FathomLog.keras("run.jsonl")]): losses of batches and validations; of layers what the torch backend shows."""
        try:
            from keras.callbacks import Callback
        except ImportError:
            Callback = object

        class Logged(Callback):
            fathom, step = None, 0

            def on_train_begin(self, logs=None):
                model = self.model if isinstance(self.model, nn.Module) else nn.Module()
                self.fathom = FathomLog(model, None, path, **options)

            def on_train_batch_end(self, batch, logs=None):
                self.step += 1
                self.fathom(self.step, float((logs or {})["loss"]))

            def on_epoch_end(self, epoch, logs=None):
                if logs and "val_loss" in logs:
                    accuracy = logs.get("val_accuracy", logs.get("val_acc"))
                    self.fathom.validation(self.step, float(logs["val_loss"]), accuracy)

            def on_train_end(self, logs=None):
                self.fathom.close()

        return Logged()
