"""Why?: what can be said of this run in words, each sentence with its numbers, its formula and its source."""

from dataclasses import dataclass, replace

from model.figures.figure import Figure, Passage, View
from model.insight.passes import passes
from model.insight.why import Finding, findings
from model.training.frame import Frame
from model.words import Message, Real, msg


@dataclass(frozen=True, slots=True)
class _Words:
    """A sentence with places for a finding's numbers, and the formula and the source behind it."""

    text: Message
    detail: Message | None = None


def make(frame: Frame, view: View) -> Figure:
    """Put what was found into words."""
    found = findings(frame, view.ghosts, view.sample)
    passages = (*(passage_of(finding) for finding in found), *_sample(frame, view, said=bool(found)))
    return Figure("why", msg("Why?"), (), _summary(frame, passages), n_layers=frame.layout.n_layers, passages=passages)


def _sample(frame: Frame, view: View, *, said: bool) -> tuple[Passage, ...]:
    """Say on how many samples all this stands, where that is not all of them."""
    n = passes(frame, view.sample).n
    if not said or n == frame.data.n_train:
        return ()
    return (Passage(msg("Found on {n:,} of {all:,} training samples.", n=n, all=frame.data.n_train)),)


def passage_of(finding: Finding) -> Passage:
    """Say one finding."""
    words = WORDS[finding.code]
    shown = {name: Real(value) if isinstance(value, float) else value for name, value in finding.numbers.items()}
    detail = None if words.detail is None else replace(words.detail, params=shown)
    return Passage(replace(words.text, params=shown), finding.severity, detail, finding.panel)


def _summary(frame: Frame, passages: tuple[Passage, ...]) -> Message:
    if not passages:
        return msg("Why: nothing stands out at step {step:,}.", step=frame.step)
    said = " ".join(str(passage.text) for passage in passages)
    return msg("Why, at step {step:,}: {said}", step=frame.step, said=said)


WORDS: dict[str, _Words] = {
    "diverged": _Words(
        msg(
            "Training broke at step {step:,}: its update made {parameter} infinite or NaN, and nothing can come "
            "back from that."
        ),
        msg("θ ← θ + Δθ is no longer finite. A smaller learning rate or smaller weights keep the steps finite."),
    ),
    "infinite_start": _Words(
        msg(
            "The initial weights themselves are too large for this precision: {parameter} is not finite before "
            "any step."
        )
    ),
    "overflow": _Words(
        msg(
            "The weights are finite, but the loss of {n:,} of {of:,} samples is not: the signal overflows on its "
            "way up."
        )
    ),
    "zero_frozen": _Words(
        msg(
            "All weights begin at 0, so every hidden unit gives 0 and no gradient reaches any weight. Only {last} can "
            "learn, and with it nothing but how frequent each class is; at step {step:,} it holds values up to "
            "{moved:.3g}."
        ),
        msg(
            "∂loss/∂W₂ = hᵀδ₂ = 0 because h = φ(0) = 0, and δ₁ = φ'(z)·(δ₂W₂ᵀ) = 0 because W₂ = 0. The book, ch. 6.2.1."
        ),
    ),
    "zero_one_unit": _Words(
        msg(
            "All weights begin at 0, so all {units} units of layer 1 give the same and get the same gradient: "
            "they learn as one unit. At step {step:,} their weights differ by {apart:.1g} of the largest."
        ),
        msg(
            "σ(0) = ½ for every unit, so ∂loss/∂W₂ = hᵀδ₂ has equal rows. Random weights break the symmetry. The "
            "book, ch. 6.2.1; Goodfellow et al. 2016, ch. 8.4."
        ),
    ),
    "high_loss": _Words(
        msg(
            "Too large: the first loss is {loss:.3g}, {times:.2g} times the ln {classes} = {chance:.3g} of "
            "guessing. The untrained network is sure of answers that are wrong."
        ),
        msg(
            "Loss of guessing: -ln(1/C) = ln C. Large weights make large logits, and softmax turns those into "
            "certainty."
        ),
    ),
    "exploding_up": _Words(
        msg("Exploding: from the inputs to hidden layer {depth} the signal grows {factor:.3g}-fold."),
        msg("Var z' = std²·fan_in·E h²: He et al. 2015 ask for a factor of 1 a layer."),
    ),
    "exploding_back": _Words(
        msg("Exploding: the gradient is {factor:.3g} times larger at hidden layer 1 than at the logits."),
        msg(
            "Var δ = std²·fan_out·E φ'²·Var δ' in each layer, and factors above 1 multiply. Glorot & Bengio 2010; "
            "Schoenholz et al. 2017."
        ),
    ),
    "vanishing": _Words(
        msg(
            "Vanishing: the gradient's size falls from {logits:.2g} at the logits to {first:.2g} at hidden layer 1 "
            "(×{factor:.2g}). The signal went from {x:.2g} to {h:.2g} on the way up."
        ),
        msg(
            "Var δ = std²·fan_out·E φ'²·Var δ' in each layer, and factors below 1 multiply. Glorot & Bengio 2010; "
            "Schoenholz et al. 2017. Sizes are root mean squares before the first step."
        ),
    ),
    "saturated": _Words(
        msg(
            "Saturated: {share:.0f} % of the outputs of layer {layer} begin beyond {low:g} or {high:g}, where the "
            "activation is flat and hardly passes any gradient."
        ),
        msg("tanh'(z) = 1 - h², σ'(z) = h(1 - h): near 0 at both ends. Glorot & Bengio 2010; the book, ch. 6.2.2."),
    ),
    "learning_rate": _Words(
        msg(
            "The learning rate {rate:g} is too high for these weights: the first update changes {parameter} by "
            "{ratio:.2g} times its size and raises the loss of its own batch from {before:.3g} to {after:.3g}."
        ),
        msg("‖ΔW‖ / ‖W‖; about 0.001 is a healthy rule of thumb (Karpathy, CS231n)."),
    ),
    "dead": _Words(
        msg(
            "Dead: {dead} of {units} units of layer {layer} give 0 for all {samples:,} samples, so that no gradient "
            "reaches their weights."
        ),
        msg("relu'(z) = 0 for z ≤ 0. Lu et al. 2020, “Dying ReLU and initialization”."),
    ),
    "plateau": _Words(
        msg("Plateau: after {step:,} steps the loss is {loss:.4g}, still about the {chance:.4g} of guessing."),
        msg("Mean loss of the last 20 batches, against ln C."),
    ),
    "about_right": _Words(
        msg(
            "About right: the signal on the way up (×{up:.2g}) and the gradient on the way back (×{back:.2g}) change "
            "less than tenfold, and the first loss is {loss:.3g}."
        ),
        msg("Root mean squares: last hidden layer over inputs, and hidden layer 1 over logits, before the first step."),
    ),
    "small_logits": _Words(
        msg(
            "The first loss, {loss:.4g}, is about the ln {classes} = {chance:.4g} of guessing: the logits are only "
            "{logits:.2g} large, so all classes look alike at first."
        ),
        msg("softmax of equal logits gives 1/C for each class, and the loss -ln(1/C) = ln C."),
    ),
    "speed": _Words(
        msg("The loss came down to {level:.3g} by step {here:,}; the run before (std {std:.3g}) needed {there:,}."),
        msg("The first step with a mean loss over 20 batches of at most ½ ln C."),
    ),
    "speed_only_here": _Words(
        msg(
            "The loss came down to {level:.3g} by step {here:,}; the run before (std {std:.3g}) never did in its "
            "{last:,} steps."
        ),
        msg("The first step with a mean loss over 20 batches of at most ½ ln C."),
    ),
    "speed_only_there": _Words(
        msg(
            "The run before (std {std:.3g}) had its loss down to {level:.3g} by step {there:,}; this one has not after "
            "{step:,}."
        ),
        msg("The first step with a mean loss over 20 batches of at most ½ ln C."),
    ),
    "scheme_he": _Words(
        msg(
            "He gives W1 the std √(2/{fan_in}) = {std:.3g}: each unit sums {fan_in} inputs, and a ReLU cuts half away."
        ),
        msg("½·fan_in·std² = 1 keeps E z² from layer to layer (He et al. 2015)."),
    ),
    "scheme_lecun": _Words(
        msg("LeCun gives W1 the std 1/√{fan_in} = {std:.3g}: each unit sums {fan_in} inputs, and so keeps their size."),
        msg("fan_in·std² = 1 (LeCun et al. 1998). The book calls it Xavier, ch. 6.2.2."),
    ),
    "scheme_glorot": _Words(
        msg(
            "Glorot gives W1 the std √(2/({fan_in} + {fan_out})) = {std:.3g}: between what keeps the signal over "
            "{fan_in} inputs and the gradient over {fan_out} outputs."
        ),
        msg("std² = 2/(fan_in + fan_out) (Glorot & Bengio 2010)."),
    ),
    "scheme_orthogonal": _Words(
        msg(
            "Orthogonal: W1 ({fan_in}×{fan_out}) has columns or rows of length 1 at right angles; entries of {std:.3g}."
        ),
        msg("Such a matrix stretches no signal (Saxe et al. 2013)."),
    ),
    "scheme_lsuv": _Words(
        msg(
            "LSUV gives W1 entries of size {std:.3g}: z of layer 1 then has variance {variance:.3g}, and it aims at 1."
        ),
        msg("Orthonormal, then W / √Var z, layer by layer (Mishkin & Matas 2016)."),
    ),
    "std_and_he": _Words(
        msg("The std {std:.3g} is {share:.2g} times He's √(2/{fan_in}) = {other:.3g} for the {fan_in} inputs of W1."),
        msg("½·fan_in·std² = 1 keeps E z² through layers that cut half away (He et al. 2015)."),
    ),
    "std_and_lecun": _Words(
        msg("The std {std:.3g} is {share:.2g} times LeCun's 1/√{fan_in} = {other:.3g} for the {fan_in} inputs of W1."),
        msg("fan_in·std² = 1 keeps the size of the sum (LeCun et al. 1998; the book's Xavier, ch. 6.2.2)."),
    ),
}
"""The sentence of each code."""
