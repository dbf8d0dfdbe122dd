"""Muon: momentum whose update is made orthogonal, for matrices and stacks of matrices."""

import torch
from torch import distributed

# Coefficients of the quintic iteration that drives all singular values towards one.
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonal(update, rounds=4):
    """The update with its singular values near one, matrix by matrix of a stack."""
    x = (update / (update.norm(dim=(-2, -1), keepdim=True) + 1e-7)).bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    for _ in range(rounds):
        gram = x @ x.mT
        x = A * x + (B * gram + C * gram @ gram) @ x
    return (x.mT if tall else x).float()


def shares(matrices, count):
    """The owner of each matrix, so that every one of `count` processes has about the same work."""
    work = [0.0] * count
    owners = [0] * len(matrices)
    for i in sorted(range(len(matrices)), key=lambda i: -matrices[i].numel()):
        owners[i] = work.index(min(work))
        work[owners[i]] += matrices[i].numel() * min(matrices[i].shape[-2:])
    return owners


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal, scaled by the matrix's shape.

    Every process keeps all momentum. Each updates the matrices that it owns, and `exchange` brings the others.
    """

    def __init__(self, parameters, lr, momentum=0.95, decay=0.01, rank=0, ranks=1):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})
        self.matrices = self.param_groups[0]["params"]
        self.rank, self.ranks, self.owners = rank, ranks, shares(self.matrices, ranks)
        for parameter in self.matrices:
            self.state[parameter]["momentum"] = torch.zeros_like(parameter)

    @torch.no_grad()
    def step(self, closure=None):
        """One update of every matrix."""
        group = self.param_groups[0]
        for parameter, owner in zip(self.matrices, self.owners):
            kept = self.state[parameter]["momentum"]
            kept.lerp_(parameter.grad, 1 - group["momentum"])
            if owner != self.rank:
                continue
            update = orthogonal(parameter.grad.lerp(kept, group["momentum"]))
            scale = max(1.0, parameter.shape[-2] / parameter.shape[-1]) ** 0.5
            parameter.mul_(1 - group["lr"] * group["decay"])
            parameter.add_(update, alpha=-group["lr"] * scale)
        self.exchange()

    def exchange(self):
        """Brings every matrix from the process that has updated it."""
        if self.ranks == 1:
            return
        for rank in range(self.ranks):
            owned = [p for p, owner in zip(self.matrices, self.owners) if owner == rank]
            flat = torch.cat([p.reshape(-1) for p in owned])
            distributed.broadcast(flat, rank)
            if rank != self.rank:
                for parameter, part in zip(owned, flat.split([p.numel() for p in owned])):
                    parameter.copy_(part.view_as(parameter))
