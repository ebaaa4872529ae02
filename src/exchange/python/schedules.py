"""Factors on the learning rate by the step, counted from 0."""
import math


def constant(step, factor=1.0):
    return factor


def step(step, step_size, gamma):
    return gamma ** (step // step_size)


def multi_step(step, milestones, gamma):
    return gamma ** sum(milestone <= step for milestone in milestones)


def exponential(step, gamma):
    return gamma**step


def cosine(step, t_max, low=0.0):
    """`low` is the lowest rate as a factor."""
    return low + (1 - low) * (1 + math.cos(math.pi * min(step, t_max) / t_max)) / 2


def cosine_restarts(step, t_0, t_mult=1, low=0.0):
    length = t_0
    while step >= length:
        step -= length
        length *= t_mult
    return cosine(step, length, low)


def linear(step, start_factor, end_factor, total_iters):
    return start_factor + (end_factor - start_factor) * min(step, total_iters) / total_iters


def polynomial(step, total_iters, power=1.0):
    return (1 - min(step, total_iters) / total_iters) ** power


def inverse_sqrt(step, warmup):
    return min((step + 1) / warmup, math.sqrt(warmup / (step + 1)))


def warmup(step, steps, start_factor, end_factor, then=constant):
    """Up in a straight line, then what `then` says, which counts from 0 there."""
    if step < steps:
        return start_factor + (end_factor - start_factor) * step / steps
    return end_factor * then(step - steps)


def sequential(step, schedules, milestones):
    now = sum(milestone <= step for milestone in milestones)
    return schedules[now](step - (milestones[now - 1] if now else 0))


def one_cycle(step, total_steps, pct_start, anneal_strategy, div_factor, final_div_factor, three_phase, top=1.0):
    """Up and down once; `top` is the largest rate as a factor. torch's changes the momentum, too."""
    begin, peak = 1 / div_factor, pct_start * total_steps - 1
    phases = [(peak, 1.0)] + ([(2 * peak, begin)] if three_phase else []) + [(total_steps - 1, begin / final_div_factor)]
    start, origin = 0, begin
    for end, to in phases:
        if step <= end:
            passed = (step - start) / (end - start) if end > start else 1
            return top * (to + (origin - to) / 2 * (math.cos(math.pi * passed) + 1) if anneal_strategy == "cos" else origin + (to - origin) * passed)
        start, origin = end, to
    return top * begin / final_div_factor


class Plateau:
    """Down whenever the validation loss no longer falls: torch.optim.lr_scheduler.ReduceLROnPlateau, as a factor."""

    def __init__(self, start, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps):
        self.start, self.by, self.patience, self.threshold, self.mode = start, factor, patience, threshold, threshold_mode
        self.cooldown, self.min_lr, self.eps = cooldown, min_lr, eps
        self.state = {"factor": 1.0, "best": math.inf, "waited": 0, "cooling": 0}

    def validated(self, step, loss, rate):
        if step < self.start:
            return
        state = self.state
        better = loss < (state["best"] * (1 - self.threshold) if self.mode == "rel" else state["best"] - self.threshold)
        state["waited"] = 0 if better or state["cooling"] > 0 else state["waited"] + 1
        falls = state["waited"] > self.patience
        to = max(rate * self.by, self.min_lr)
        if falls and rate - to > self.eps:
            state["factor"] *= to / rate
        state["cooling"] = self.cooldown if falls else max(0, state["cooling"] - 1)
        if falls:
            state["waited"] = 0
        if better:
            state["best"] = loss
