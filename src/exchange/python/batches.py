"""Which rows are in which batch: the order that Fathom takes with this seed, computed, not stored."""
import torch
from torch.utils.data import Sampler

WORD = 0xFFFFFFFF


class Batches(Sampler):
    """The batches of a run from batch `start` on, without end: of each, the rows of this process.

    Every epoch has an order of its own, and its last batch has what is left. Process r of n takes rows r, r + n, ... of each batch: together they have
    the batch that one process would have, and where it does not divide some have a row less, or none.
    """

    def __init__(self, rows, size, key, start=0, rank=0, world=1):
        self.rows, self.size, self.key, self.start, self.rank, self.world = rows, size, key, start, rank, world

    @property
    def per_epoch(self):
        return -(-self.rows // self.size)

    def rows_in(self, batch):
        """Rows of a batch, over all processes."""
        first = batch % self.per_epoch * self.size
        return min(self.size, self.rows - first)

    def __iter__(self):
        batch, epoch, order = self.start, None, None
        while True:
            if batch // self.per_epoch != epoch:
                epoch = batch // self.per_epoch
                order = permutation(self.rows, threefry(self.key, epoch, 0))
            first = batch % self.per_epoch * self.size
            yield order[first : first + self.size][self.rank :: self.world]
            batch += 1


def mix(x):
    """A hash of 32-bit words ("lowbias32")."""
    x = (x ^ (x >> 16)) * 0x21F0AAAD & WORD
    x = (x ^ (x >> 15)) * 0x735A2D97 & WORD
    return x ^ (x >> 15)


def permutation(count, key):
    """0 .. count - 1 in an order that the key decides: a Feistel network over as many bits as are needed, walked until it is in range."""
    half = max(1, ((count - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    first = mix(key[0] + 0x9E3779B9 & WORD)
    stride = mix(key[1] ^ first)

    def once(x):
        left, right, turn = x >> half, x & mask, first
        for _ in range(8):
            turn = turn + stride & WORD
            left, right = right, left ^ (mix(right ^ turn) & mask)
        return left << half | right

    x = once(torch.arange(count))
    while (outside := x >= count).any():
        x = torch.where(outside, once(x), x)
    return x


def threefry(key, c0, c1):
    """Random numbers by a counter (Salmon et al. 2011): two words from a key and two words."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA)
    x0, x1 = c0 + keys[0] & WORD, c1 + keys[1] & WORD
    for turn in range(20):
        by = (13, 15, 26, 6, 17, 29, 16, 24)[turn % 8]
        x0 = x0 + x1 & WORD
        x1 = ((x1 << by | x1 >> 32 - by) & WORD) ^ x0
        if turn % 4 == 3:
            i = turn // 4 + 1
            x0 = x0 + keys[i % 3] & WORD
            x1 = x1 + keys[(i + 1) % 3] + i & WORD
    return x0, x1
