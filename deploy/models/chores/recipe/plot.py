"""Draws a run's loss and its right answers over the tokens seen, as SVG.

    python plot.py --run run --out ../training
"""

import argparse
import csv
import math
import shutil
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 300, 60, 40, 34, 60
LOSS, EXACT, GREY = "#2563eb", "#d97706", "#6b7280"


def rows(path):
    """The rows of a CSV file with numbers, as floats."""
    with open(path, newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


class Chart:
    """One plot: tokens from left to right, the loss in logarithmic steps, right answers from 0 to 100 %."""

    def __init__(self, most_tokens, least, most):
        self.most_tokens, self.low, self.high = most_tokens, math.log10(least), math.log10(most)
        self.parts = []

    def x(self, tokens):
        """Tokens as pixels."""
        return LEFT + (WIDTH - LEFT - RIGHT) * tokens / self.most_tokens

    def loss_y(self, loss):
        """A loss as pixels."""
        share = (math.log10(loss) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share

    def share_y(self, share):
        """A share as pixels."""
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share

    def line(self, points, color):
        """A line through points in pixels."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.6"/>')

    def text(self, x, y, text, color=GREY, anchor="middle"):
        """A word."""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}">{text}</text>')

    def axes(self):
        """Grid lines with their labels."""
        for power in range(math.ceil(self.low), math.floor(self.high) + 1):
            for factor in (1, 2, 5):
                loss = factor * 10.0 ** power
                if self.low <= math.log10(loss) <= self.high:
                    y = self.loss_y(loss)
                    self.parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e7eb"/>')
                    self.text(LEFT - 8, y + 4, f"{loss:g}", LOSS, "end")
        for share in (0, 0.25, 0.5, 0.75, 1):
            self.text(WIDTH - RIGHT + 8, self.share_y(share) + 4, f"{100 * share:.0f} %", EXACT, "start")
        step = 10 ** math.floor(math.log10(self.most_tokens))
        for tokens in range(0, int(self.most_tokens) + 1, int(step)):
            self.text(self.x(tokens), HEIGHT - BOTTOM + 18, f"{tokens / 1e6:.0f} M")
        self.text(WIDTH / 2, HEIGHT - 6, "tokens seen, padding included")
        self.text(LEFT, 18, "training loss", LOSS, "start")
        self.text(WIDTH - RIGHT, 18, "validation answers right throughout", EXACT, "end")

    def svg(self):
        """The whole picture."""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
        return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *self.parts, "</svg>"]) + "\n"


def main():
    """Reads a run's two tables and writes them and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    log, validation = rows(a.run / "log.csv"), rows(a.run / "validation.csv")
    per_step = log[-1]["tokens"] / log[-1]["step"]
    losses = [row["loss"] for row in log]
    chart = Chart(log[-1]["tokens"], min(losses) * 0.9, max(losses))
    chart.axes()
    chart.line([(chart.x(row["tokens"]), chart.loss_y(row["loss"])) for row in log], LOSS)
    chart.line([(chart.x(row["step"] * per_step), chart.share_y(row["exact"])) for row in validation], EXACT)
    (a.out / "loss.svg").write_text(chart.svg())
    for name in ("log.csv", "validation.csv"):
        shutil.copy(a.run / name, a.out / name)


if __name__ == "__main__":
    main()
