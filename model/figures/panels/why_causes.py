"""The sentences of what trials found: the knob to blame, and whether what was promised of turning it came true."""

from model.figures.panels.why_form import Words
from model.words import msg

_TRIED = msg("Found by making the run again for {steps:,} steps with this one knob turned: same seed, same batches.")

CAUSES: dict[str, Words] = {
    "rate_high": Words(msg("The learning rate {value} is too high for this run."), _TRIED),
    "rate_low": Words(msg("The learning rate {value} is too low for a run of this length."), _TRIED),
    "width_rate": Words(
        msg(
            "This width wants another learning rate. {rate:.3g} suits hidden layers of {base} units: they reach an "
            "accuracy of {at_base:.3f} with it, and {at_base_scaled:.3f} with {scaled:.3g}. It does not suit the "
            "hidden sizes {sizes}: they reach {accuracy:.3f} with it, and {accuracy_scaled:.3f} with {scaled:.3g}."
        ),
        msg(
            "The best rate of Adam and its like goes about as 1/width, that of SGD does not; μP keeps it where it is "
            "at the base width. Yang & Hu et al. 2022, “Tensor Programs V”. Found by making the run again for "
            "{steps:,} steps with mup, and at both widths with both rates, with two seeds."
        ),
    ),
    "momentum_high": Words(msg("Momentum {value} is too high for this learning rate."), _TRIED),
    "decay": Words(
        msg("Weight decay {value} undoes what is learned: it pulls every weight to 0 in each step."),
        msg(
            "θ ← θ − η(∂loss/∂θ + λθ). Found by making the run again for {steps:,} steps without it: same seed, same "
            "batches."
        ),
    ),
    "init_zero": Words(msg("All weights start at 0, and that is why little is learned."), _TRIED),
    "init_small": Words(
        msg("The initial weights are small: W1 has the std {std:.3g}, {share:.2g} times that of {scheme}."), _TRIED
    ),
    "init_large": Words(
        msg("The initial weights are large: W1 has the std {std:.3g}, {share:.3g} times that of {scheme}."), _TRIED
    ),
    "init_other": Words(msg("The scheme {value} serves this network less well than another."), _TRIED),
    "init_file": Words(
        msg(
            "The weights of {file} serve this network less well than the scheme {scheme}: W1 has the std {std:.3g} "
            "there."
        ),
        _TRIED,
    ),
    "gains_off": Words(msg("The layer gains {value} do not suit this network: it does better without."), _TRIED),
    "output_gain": Words(
        msg(
            "The output layer begins too large: its logits are {logits:.3g} in root mean square before the first step."
        ),
        _TRIED,
    ),
    "biases_large": Words(msg("The initial biases, with a std of {value}, get in the way."), _TRIED),
    "inputs": Words(
        msg(
            "The inputs are not standardised: {size:.3g} in root mean square, with one feature spreading by "
            "{spread:.3g} and the median one by {median:.3g}."
        ),
        _TRIED,
    ),
    "noise": Words(msg("The classes overlap: the noise is {value}."), _TRIED),
    "few_samples": Words(msg("There is little to learn from: {samples:,} training samples."), _TRIED),
    "linear": Words(
        msg("A linear network draws only straight borders, however many layers it has, and these classes need others."),
        _TRIED,
    ),
    "activation": Words(msg("The activation {value} holds this network back."), _TRIED),
    "depth": Words(msg("With the hidden sizes {value} the network is deeper than this run can train."), _TRIED),
    "shallow": Words(msg("With the hidden sizes {value} the network has too few layers for this run."), _TRIED),
    "width": Words(msg("With the hidden sizes {value} the network is narrow for these data."), _TRIED),
    "batch": Words(msg("Batches of {value} make the steps too noisy."), _TRIED),
    "optimizer": Words(msg("The optimiser {value} does not suit the other knobs of this run."), _TRIED),
    "few_steps": Words(msg("The run is short: {value} steps."), _TRIED),
    "dying": Words(
        msg(
            "Most units of layer {layer} died between step {alive:,} and step {by:,}: {before:,} gave 0 for all "
            "samples before that, and {after:,} after it."
        ),
        msg("Found by making the run again, and looking at the units after 1, 2, 4, 8, … steps."),
    ),
    "precision": Words(msg("The range of {value} is too small for this run."), _TRIED),
    "several": Words(
        msg("No knob by itself is enough: two or more of them are to blame."),
        msg("Found by making the run again for {steps:,} steps with each of the knobs turned, and then with several."),
    ),
    "several_only": Words(
        msg("No knob by itself makes this run better: two or more of them are to blame."),
        msg("Found by making the run again for {steps:,} steps with each of the knobs turned, and then with several."),
    ),
    "no_remedy": Words(
        msg("Nothing that was tried makes this run better."),
        msg("The run was made again for {steps:,} steps with each of the knobs turned by itself, and with several."),
    ),
    "as_good": Words(
        msg("As good as usual settings: {accuracy:.3f} after {steps:,} steps, and {best:.3f} with the best of six."),
        msg("Six runs with 50 hidden units: relu, tanh and selu; He, LeCun and Glorot; SGD, momentum and Adam."),
    ),
    "promise_open": Words(
        msg("Expected by step {steps:,}: an accuracy of {accuracy:.3f} and a loss of {loss:.3g}. Now at step {step:,}.")
    ),
    "promise_kept": Words(
        msg(
            "As expected: at step {steps:,} the accuracy is {found:.3f} ({accuracy:.3f} expected) and the loss "
            "{found_loss:.3g} ({loss:.3g} expected)."
        )
    ),
    "promise_broken": Words(
        msg(
            "Not as expected: at step {steps:,} the accuracy is {found:.3f} ({accuracy:.3f} expected) and the "
            "loss {found_loss:.3g} ({loss:.3g} expected)."
        )
    ),
}
"""The sentence of each code."""
