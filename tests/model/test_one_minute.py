"""What the README's first minute says of its runs is so, for the seed that it names."""

from pathlib import Path

import numpy as np

from model.training.frame import Frame
from model.training.spec import TrainingSpec
from scripts.why_check.rerun import trained

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
MINUTE = " ".join(README.partition("## One minute")[2].partition("\n## ")[0].split())
DEEP = (50,) * 5


def run(**knobs: object) -> Frame:
    return trained(TrainingSpec(**knobs))


def says(*sentences: str) -> None:
    for sentence in sentences:
        assert sentence in MINUTE, sentence


def test_the_numbers_are_said_to_be_those_of_seed_0() -> None:
    says("seed 0")
    assert TrainingSpec().seed == 0


def test_the_books_std_guesses_for_a_hundred_steps_and_ends_at_92_percent() -> None:
    says("For the first hundred steps the loss stays close to ln 10 ≈ 2.30", "92 % of the test digits are right")
    frame = run()
    assert np.abs(frame.loss[:100] - np.log(10)).max() < 0.1
    assert frame.loss[200] < 2.0
    assert round(100 * frame.accuracy[1]) == 92


def test_all_weights_0_learn_nothing_but_the_last_bias() -> None:
    says("the loss remains at 2.30, the accuracy at 0.10", "W1, b1 and W2 get gradients of exactly 0; only b2 learns")
    frame = run(weight_init_std=0.0)
    assert abs(frame.loss.mean() - 2.30) < 0.01
    assert round(frame.accuracy[1], 2) == 0.10
    assert not frame.grad_norms[:, :3].any()
    assert frame.params["b2"].any()


def test_std_1_begins_high_and_ends_less_accurate() -> None:
    says("The loss begins at 20 instead of 2.3", "fewer test digits are right in the end: 90 %")
    frame = run(weight_init_std=1.0)
    assert 17 < frame.loss[0] < 23
    assert frame.loss[100] < 2
    assert round(100 * frame.accuracy[1]) == 90


def test_he_falls_from_the_first_step_on() -> None:
    says("0.6 after a hundred steps, where std 0.01 still had 2.2")
    assert 0.5 < run(init="he").loss[90:110].mean() < 0.7
    assert 2.15 < run().loss[90:110].mean() < 2.3


def test_five_layers_learn_nothing_from_the_books_std_and_everything_from_hes() -> None:
    says("The gradient of W1 begins at 10⁻⁷, almost six orders of magnitude below that of b6")
    says("all training digits are right in the end")
    deep = run(hidden_sizes=DEEP)
    first, last = deep.grad_norms[0, 0], deep.grad_norms[0, -1]
    assert 1e-8 < first < 1e-6
    assert 5 < np.log10(last / first) < 6.5
    assert abs(deep.loss[-100:].mean() - np.log(10)) < 0.02
    assert run(hidden_sizes=DEEP, init="he").accuracy[0] == 1.0
