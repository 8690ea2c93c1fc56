"""The page docs/why.md: every finding with its condition, its formula and source, and how often it was right."""

import re
from collections import Counter

from model.figures.panels.why_causes import CAUSES
from model.figures.panels.why_words import WORDS
from model.insight.advice import advice, causes, trial, width_rate
from model.insight.findings import compare, course, data, formats, start
from scripts.why_check.judge import Verdict
from scripts.why_check.specs import STEPS

CONDITIONS: dict[str, str] = {
    "diverged": "an update made a parameter NaN or infinite",
    "infinite_start": "a parameter is not finite before the first step",
    "overflow": "the weights are finite, the loss before the first step is not",
    "zero_frozen": "all weights begin at 0, φ(0) = 0, and all but the last bias still are 0",
    "zero_one_unit": f"all weights of a sigmoid network begin at 0, and its units differ by at most {start.ONE_UNIT:g}",
    "high_loss": f"the first loss is above {start.HIGH_LOSS:g} ln C",
    "loud_output": (
        f"the same, the logits are more than {start.LOUD:g} times the outputs of the last hidden layer, the signal "
        f"below changes less than {start.HARDLY:g}-fold, and with {start.QUIET:g} times the last weights the first "
        f"loss would be at most {start.FAIR_LOSS:g} ln C"
    ),
    "exploding_up": f"the signal grows more than {start.EXPLODED:g}-fold on its way up, before the first step",
    "exploding_back": f"the gradient grows more than {start.EXPLODED:g}-fold on its way back, before the first step",
    "vanishing": f"less than {start.VANISHED:g} of the logits' gradient comes back to layer 1, before the first step",
    "saturated": f"more than {100 * start.MOSTLY:g} % of a layer's outputs are where φ is flat, before the first step",
    "about_right": (
        f"signal and gradient change less than {start.KEPT:g}-fold, the first loss is at most {start.FAIR_LOSS:g} "
        "ln C, units are neither dead nor saturated, and no trial blames the initialisation"
    ),
    "small_logits": f"logits below {start.SMALL_LOGITS:g} and a first loss within {100 * start.AT_CHANCE:g} % of ln C",
    "slow_start": f"the loss stays within {100 * start.AT_CHANCE:g} % of ln C for {course.SLOW_START} steps first",
    "update_large": (
        f"the first update changes a weight matrix by more than {course.LARGE_UPDATE:g} of its size and raises the "
        "loss of its own batch, also without weight decay"
    ),
    "update_decay": "the same, but without weight decay the update does not raise it",
    "updates_large": f"a recorded update changes a weight matrix by more than {course.HUGE_UPDATE:g} of its size",
    "loss_rose": f"the last losses are above {course.ROSE:g} times the first",
    "rate_zero": "the learning rate is 0",
    "momentum": f"momentum above {causes.USUAL_MOMENTUM:g}",
    "momentum_endless": "momentum 1",
    "dead": f"at least {100 * start.MANY_DEAD:g} % of a ReLU layer's units give 0 for all samples",
    "dying": "a quarter of a ReLU layer's units died in the course of the run",
    "plateau": (f"after {course.PLATEAU_STEPS} steps or more the loss is within {100 * start.AT_CHANCE:g} % of ln C"),
    "majority": (
        f"a class has {data.FREQUENT:g} / C of the samples or more, and the accuracy is within {data.NEAR_MAJORITY:g} "
        "of its share"
    ),
    "half_overflow": "a pre-activation now lies beyond the largest number of fp16",
    "half_underflow": (
        f"at least {formats.MOST_LOST:g} % of the entries other than 0 of a weight matrix's gradient, which are most "
        "of it, now become 0 in fp16"
    ),
    "inputs_large": f"inputs above {data.LARGE_INPUTS:g} in root mean square, not standardised",
    "inputs_small": f"inputs below {data.SMALL_INPUTS:g} in root mean square, not standardised",
    "inputs_unequal": f"a feature spreads more than {data.UNEQUAL:g} times as wide as the median one",
    "inputs_blank": "an input is 0 for every training sample",
    "more_accurate": "more test samples are right than in the run before, at the same step",
    "less_accurate": "fewer are",
    "as_accurate": "as many are",
    "speed_sooner": f"½ ln C is reached in fewer steps than by the run before, by {compare.AS_SOON:g} times or more",
    "speed_later": "in more",
    "speed_same": "in about as many",
    "speed_only_here": "the run before did not reach ½ ln C",
    "speed_only_there": "this run has not, the one before did",
    "scheme_he": "He's scheme, with relu, leaky_relu or gelu",
    "scheme_he_for_relu": "He's scheme, with another activation",
    "scheme_lecun": "LeCun's scheme",
    "scheme_glorot": "Glorot's scheme",
    "scheme_torch": "PyTorch's default",
    "scheme_file": "weights from a file",
    "gains": "layer gains other than 1",
    "scheme_orthogonal": "the scheme orthogonal",
    "scheme_lsuv": "the scheme lsuv",
    "std_and_he": "a std of one's own, with relu, leaky_relu or gelu",
    "std_and_lecun": "a std of one's own, with another activation",
    "rate_high": "a smaller learning rate alone made the run better",
    "rate_low": "a larger learning rate alone made the run better",
    "width_rate": (
        f"hidden layers at least {width_rate.FAR:g} times wider or narrower than the base width, with adam, rmsprop or "
        "adagrad and a scheme; mup alone made the run better, and so did the rate times base width / width, while "
        f"the base width gains at most {width_rate.HARDLY:g} by that and a quarter as much, also with the next seed"
    ),
    "momentum_high": "less momentum alone made the run better",
    "decay": "no weight decay alone made the run better",
    "init_zero": "std 0, and a scheme alone made the run better",
    "init_small": "a std below the usual scheme's, and a scheme alone made the run better",
    "init_large": "a std above the usual scheme's, and a scheme alone made the run better",
    "init_other": "a scheme, and another one alone made the run better",
    "init_file": "weights from a file, and a scheme instead made the run better",
    "gains_off": "layer gains other than 1, and none alone made the run better",
    "output_gain": "a smaller gain of the output layer alone made the run better",
    "biases_large": "biases that begin at 0 alone made the run better",
    "inputs": "standardised inputs alone made the run better",
    "noise": f"noise above {causes.MUCH_NOISE:g}, and less alone made the run better",
    "few_samples": "few samples, and more alone made the run better",
    "linear": "a linear network, and an activation alone made the run better",
    "activation": "another activation alone made the run better",
    "depth": "fewer hidden layers alone made the run better",
    "shallow": "a hidden layer more alone made the run better",
    "width": "wider hidden layers alone made the run better",
    "batch": f"batches below {causes.SMALL_BATCH}, and larger ones alone made the run better",
    "optimizer": "another optimiser alone made the run better",
    "few_steps": "more steps alone made the run better",
    "precision": "double precision alone made the run better",
    "several": "no knob alone was enough, several together were",
    "several_only": "no knob alone made the run better, several together did",
    "no_remedy": "nothing that was tried made a failing run better",
    "as_good": f"an accuracy at most {advice.HEALTHY:g} below the best of six usual settings",
    "promise_open": "a remedy was taken, and the step that it speaks of is still to come",
    "promise_kept": "at that step the run came to what was expected",
    "promise_broken": "it did not",
}
"""When each finding is said."""

_PLACE = re.compile(r"\{(\w+)[^}]*\}")
_SHORT = {"steps": "n", "error": "e"}
"""What stands in a formula for a number of the run."""

_INTRO = f"""# Why?

<!-- written by `make why-check` -->

*Why?* explains a run in sentences, each with its numbers, its formula, its source and the panel that shows it. Rules
(`model/insight/findings`) look at the run itself, but they do not guess which knob is to *blame*. Instead, once the run
stands still, it is repeated in the background with one suspected knob changed at a time, with the same seed and the
same batches (`model/insight/advice`). A change that makes the run better is a cause: its symptoms are listed below it,
a button applies it, and the sentence next to the button says what the trial achieved. After a click, the next run says
whether that came true.

A trial is better if it is finite and the run was not; if it learns and the run fails; if it is more accurate by
{trial.BETTER:g}; or if it is as accurate with a loss lower by {100 * trial.LOWER:g} %. A run *fails* if it is not
finite, ends above its first loss, or classifies at most {trial.CHANCE:g} / C of the samples correctly. Of several knobs
that help about equally, the one farthest from its usual value is named first. A run that is at most
{advice.HEALTHY:g} less accurate than the best of six usual settings (relu, tanh and selu; He, LeCun and Glorot; SGD,
momentum and Adam; 50 units) gets no warning.

Trials are made for runs of up to {advice.MOST_WEIGHTS:,} parameters, while nothing trains. Each has as many steps as
the run, or as many as fit into {advice.LONGEST_TRIAL:g} s. Pictures from the command line contain only what the
rules find.
"""


def written(verdicts: list[Verdict], seed: int) -> str:
    """Give the whole page."""
    return "\n".join([_INTRO, _check(verdicts, seed), *_tables(verdicts)])


def _check(verdicts: list[Verdict], seed: int) -> str:
    fails = [verdict for verdict in verdicts if verdict.fails]
    named = Counter(verdict.named for verdict in fails)
    healthy = [verdict for verdict in verdicts if verdict.healthy]
    said = [so for verdict in verdicts for _, so in verdict.said]
    promises, kept = sum(v.promises for v in verdicts), sum(v.kept for v in verdicts)
    rows = (
        ("runs that fail", len(fails)),
        ("… with a knob named that makes the run better on its own", named["one"]),
        ("… where only several knobs together do, which is said", named["several"]),
        ("… with nothing named that helps", named["none"]),
        ("remedies offered", promises),
        ("… that keep their promise, with the same seed", kept),
        ("… that also make the run better with the next seed", sum(v.elsewhere for v in verdicts)),
        ("healthy runs", len(healthy)),
        ("… that get a warning", sum(bool(verdict.warned) for verdict in healthy)),
        ("sentences said", len(said)),
        ("… that are false", len(said) - sum(said)),
    )
    head = f"""## The check

`make why-check` draws {len(verdicts):,} random specs (seed {seed}, {STEPS} steps; every third is strange in many
knobs at once), and an oracle that shares no code with the rules (`scripts/why_check`) computes every number itself,
repeats every promised run, and judges it by its own measures. A promise is the outcome of a trial, so with the same
seed it is kept as long as the program is correct; whether the same change also helps with the next seed shows what it
is worth.

| | |
|---|---:|"""
    return "\n".join([head, *(f"| {what} | {count:,} |" for what, count in rows), ""])


def _tables(verdicts: list[Verdict]) -> list[str]:
    said = Counter(code for verdict in verdicts for code, _ in verdict.said)
    right = Counter(code for verdict in verdicts for code, so in verdict.said if so)
    found = [code for code in WORDS if code not in CAUSES]
    lines: list[str] = []
    for title, codes in (("What is found in the run itself", found), ("What trials find", list(CAUSES))):
        lines += [f"## {title}", "", "| finding | said when | formula, source | right |", "|---|---|---|---:|"]
        for code in codes:
            detail = WORDS[code].detail
            formula = "" if detail is None else _PLACE.sub(lambda place: _SHORT.get(place[1], place[1]), detail.text)
            share = f"{right[code]:,} of {said[code]:,}" if said[code] else "–"
            lines.append(f"| `{code}` | {CONDITIONS[code]} | {formula} | {share} |")
        lines.append("")
    return lines
