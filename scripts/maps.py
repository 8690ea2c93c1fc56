"""Draws the maps of docs/map.md anew and writes that page, by the commands that it shows: `make maps`."""

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images" / "maps"
PAGE = ROOT / "docs" / "map.md"

_INTRODUCTION = """\
# Maps of where training works
A place of the dial is one run. A sweep trains a whole range of one knob or of two, over as many seeds as you like;
every point is the run that `train` makes of its values, bit for bit. In the window press <kbd>W</kbd> (*Run → Sweep…*):
the map is coarse at first and refined while you look, pauses when you press <kbd>W</kbd> again, and goes on later,
after a new start too. Rest the mouse on a pixel to see its loss curve; a click opens its run. Turn the wheel, or drag,
and what is in sight is trained as finely as the whole was; *Fit* (<kbd>F</kbd>) brings the whole back.

**Blue** pixels came to half the loss of guessing, ½ ln C: the darker, the sooner. **Red** ones diverged: the darker,
the sooner. **Grey** ones did neither; dark grey is no better than guessing. Dashed lines are the schemes of the dial
and what theory says, orange lines the knobs as they are. The line 2 / λ_max is the learning rate up to which the first
steps with all samples are stable, λ_max being the largest eigenvalue of the Hessian at the start, of the first seed;
with momentum β it is (2 + 2β) / λ_max. Beyond it the steepest direction swings ever farther, for as long as the
curvature stays what it was.

`sweep` saves its file as it grows; after Ctrl-C, `--resume` goes on with it. `--x` and `--y` take `from:to:count`,
`from:to:count:log` or a list. Each command below takes a minute or less on two cores; `make maps` draws these pictures
with them.
"""
_END = """\
## On other machines
Points go to the cores of this machine. With [Dask](https://docs.dask.org/) (`pip install dask distributed`, the
optional extra `cluster`) they go elsewhere, and what comes back is the same file, byte for byte, where the processors
are of one kind:

- `--workers 4` starts four processes on this machine, which nobody else can reach.
- `--scheduler tcp://host:8786` uses a scheduler that runs already. Every worker needs this program in the
  same form: installed, or its packages and the folder of the checkout on `PYTHONPATH`. Data files are sent to them.

@where@

A worker that dies loses nothing: another one trains its points. For encrypted connections use a `tls://` address and
the certificates of Dask's [own configuration](https://distributed.dask.org/en/stable/tls.html). The tests of this
project use local workers, and kill one of them.

## The file
SWEEP.npz holds `x` and `y` (values; `y` is absent with one axis), `x_knob`, `y_knob`, `seeds`, and for each point, in
arrays of shape (n_y, n_x, n_seeds): `loss` (mean of the last 20 batch losses), `train_accuracy`, `test_accuracy`,
`diverged_at` (step or −1), `reached_at` (first step by which the mean loss of 20 batches was at most ½ ln C, or −1),
`steps` (made) and `done`; with a learning rate on one of two axes `stable_rates`, that line, by value of the other;
also `spec` (the base, as JSON), `log` (which axes are logarithmic), `samples` (features,
classes, whether some are for testing) and `version`.
"""


_WHERE = (
    ("machines with SSH", "`dask ssh host1 host2 host3` starts a scheduler on the first and a worker on each",
     "Dask", "https://docs.dask.org/en/stable/deploying-ssh.html"),
    ("SLURM", '`SLURMCluster(cores=8, memory="8GB")`, then `.scale(jobs=10)`; its `.scheduler_address`',
     "dask-jobqueue", "https://jobqueue.dask.org/en/latest/"),
    ("Kubernetes", "a `KubeCluster`, with an image that holds this program",
     "dask-kubernetes", "https://kubernetes.dask.org/en/latest/"),
)  # fmt: skip


@dataclass(frozen=True)
class Map:
    """One map: the name of its picture, a title, what it teaches, and the words of its command."""

    name: str
    title: str
    teaches: str
    words: str


MAPS = (
    Map(
        "shallow",
        "The book's network: a wide country",
        "Two layers, ReLU, digits. With a rate of 0.2 to 1 any std up to 2.5 comes there within 200 steps: small "
        "weights begin on a plateau and only want a larger rate. At std 0.5 a rate of 0.02 is enough; above 7 "
        "none is. The book's choice, std 0.01 with a rate of 0.1, where the orange lines cross, lies just "
        "outside.",
        "--steps 200 --x weight_init_std=0.001:10:64:log --y learning_rate=0.003:30:48:log",
    ),
    Map(
        "deep",
        "Eight hidden layers: an island",
        "The same with eight hidden layers of 50: of all stds a few around He are left. To the left the signal "
        "vanishes before it reaches the output, whatever the rate; to the right the run breaks in its first steps.",
        "--hidden-sizes 50x8 --steps 200 --x weight_init_std=0.01:2:48:log --y learning_rate=0.001:3:32:log",
    ),
    Map(
        "depth",
        "How deep can a signal go?",
        "tanh, depth against std. The dashed curve is theory alone: 6ξ, the number of layers that a signal survives "
        "(Schoenholz et al. 2017). The runs that learn are about those of networks that are not deeper.",
        "--activation tanh --steps 200 --x weight_init_std=0.01:1:48:log "
        "--y hidden_sizes=50x1,50x2,50x3,50x4,50x6,50x8,50x10,50x12,50x16,50x20",
    ),
    Map(
        "momentum",
        "Momentum is a larger step, as long as nothing swings",
        "Rate against momentum β, from He's std. The left edge bends: a gradient that stays the same moves the weights "
        "by rate / (1 − β), so with β = 0.98 a fiftieth of the rate is enough. The right edge does not: where the loss "
        "swings, momentum is stable up to 2 (1 + β) / λ_max, at most twice as far as without (Polyak 1964).",
        "--init he --optimizer momentum --steps 200 --x learning_rate=0.0003:30:64:log --y momentum=0:0.98:50",
    ),
    Map(
        "standard",
        "Wider networks want smaller rates…",
        "Adam, rate against width. The rate that gets there soonest falls from 0.04 at 16 units to 0.001 at 512, "
        "and the smallest that gets there at all from 0.002 to 0.0001. A rate that was found on a narrow network "
        "is not that of a wide one.",
        "--init lecun --optimizer adam --steps 100 --x learning_rate=0.0001:1:32:log "
        "--y hidden_sizes=16,16;32,32;64,64;128,128;256,256;512,512",
    ),
    Map(
        "mup",
        "…but not in μP",
        "The same with the parametrisation μP (Yang & Hu et al. 2022): from 64 units on the best rate stays at "
        "0.01, and the smallest that gets there at 0.0006.",
        "--init lecun --optimizer adam --parametrization mup --steps 100 --x learning_rate=0.0001:1:32:log "
        "--y hidden_sizes=16,16;32,32;64,64;128,128;256,256;512,512",
    ),
)


def command(one: Map) -> list[str]:
    """Give the words of a command, as the page shows them."""
    return [*shlex.split(one.words), "--out", f"{one.name}.npz", "--images", f"pictures/{one.name}"]


def page() -> str:
    """Write the page."""
    parts = [_INTRODUCTION]
    for one in MAPS:
        words = " ".join(word if ";" not in word else f"'{word}'" for word in command(one))
        picture = f"![{one.title}](images/maps/{one.name}.png)"
        parts.append(f"## {one.title}\n{one.teaches}\n\n    ./initscope sweep {words}\n\n{picture}\n")
    rows = [f"| {where} | {how} ([{source}]({address})) |" for where, how, source, address in _WHERE]
    return "\n".join([*parts, _END.replace("@where@", "\n".join(["| where | how |", "|---|---|", *rows]))])


def main(argv: Sequence[str]) -> int:
    """Train, draw and write; with `--page` only write. Returns the exit status."""
    if list(argv) != ["--page"]:
        _draw()
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def _draw() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for one in MAPS:
            subprocess.run([sys.executable, str(ROOT / "main.py"), "sweep", *command(one)], cwd=folder, check=True)
            shutil.copyfile(Path(folder) / "pictures" / one.name / "map.png", IMAGES / f"{one.name}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
