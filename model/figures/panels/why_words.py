"""The sentence of each finding, and the formula and the source behind it."""

from model.figures.panels.why_causes import CAUSES
from model.figures.panels.why_form import Words
from model.words import msg

_BY_CHANCE = msg(
    "Two networks that are right this often differ by about {error:.2g} by chance alone: one standard deviation, "
    "√(2p(1 − p)/n)."
)
_CAME_DOWN = msg("The first step with a mean loss over 20 batches of at most ½ ln C.")

WORDS: dict[str, Words] = {
    **CAUSES,
    "diverged": Words(
        msg(
            "Training broke at step {step:,}: its update made {parameter} infinite or NaN, and training cannot recover."
        ),
        msg("θ ← θ + Δθ is no longer finite. A smaller learning rate or smaller weights keep the steps finite."),
    ),
    "infinite_start": Words(
        msg(
            "The initial weights themselves are too large for this precision: {parameter} is not finite before "
            "any step."
        )
    ),
    "overflow": Words(
        msg(
            "The weights are finite, but the signal overflows on its way up: the loss is not finite for {n:,} of "
            "{of:,} samples."
        )
    ),
    "zero_frozen": Words(
        msg(
            "All weights begin at 0, so every hidden unit gives 0 and no gradient reaches any weight. Only {last} can "
            "learn, and all it can learn is how frequent each class is; at step {step:,} it holds values up to "
            "{moved:.3g}."
        ),
        msg(
            "∂loss/∂W₂ = hᵀδ₂ = 0 because h = φ(0) = 0, and δ₁ = φ'(z)·(δ₂W₂ᵀ) = 0 because W₂ = 0. The book, ch. 6.2.1."
        ),
    ),
    "zero_one_unit": Words(
        msg(
            "All weights begin at 0, so all {units:,} units of layer {layer} give the same and get the same gradient: "
            "they learn as one unit. At step {step:,} their weights differ by {apart:.1g} of the largest."
        ),
        msg(
            "σ(0) = ½ for every unit, so ∂loss/∂W₂ = hᵀδ₂ has equal rows. Random weights break the symmetry. The "
            "book, ch. 6.2.1; Goodfellow et al. 2016, ch. 8.4."
        ),
    ),
    "high_loss": Words(
        msg(
            "Too large: the first loss is {loss:.3g}, {times:.2g} times the ln {classes} = {chance:.3g} of "
            "guessing. For {sure:.3g} % of the samples the untrained network is at least 90 % sure of a wrong class."
        ),
        msg(
            "Loss of guessing: −ln(1/C) = ln C. Large weights make large logits, and softmax turns those into "
            "certainty."
        ),
    ),
    "loud_output": Words(
        msg(
            "Only the output layer is too loud: it makes logits of {logits:.3g} from outputs of {outputs:.2g}, while "
            "the signal below hardly changes (×{up:.2g}). With {factor:g} times its weights the first loss would be "
            "{quiet:.3g} instead of {loss:.3g}."
        ),
        msg(
            "softmax of large logits is sure before anything is learned. A small gain of the last layer brings the "
            "loss of guessing, ln C, and leaves the other layers as they are (Karpathy, makemore). Sizes are root mean "
            "squares."
        ),
    ),
    "exploding_up": Words(
        msg("Exploding: from the inputs to hidden layer {depth} the signal grows {factor:.3g}-fold."),
        msg("Var z' = std²·fan_in·E h²: He et al. 2015 ask for a factor of 1 a layer."),
    ),
    "exploding_back": Words(
        msg("Exploding: the gradient is {factor:.3g} times larger at hidden layer 1 than at the logits."),
        msg(
            "Var δ = std²·fan_out·E φ'²·Var δ' in each layer, and factors above 1 multiply. Glorot & Bengio 2010; "
            "Schoenholz et al. 2017."
        ),
    ),
    "vanishing": Words(
        msg(
            "Vanishing: the gradient's size falls from {logits:.2g} at the logits to {first:.2g} at hidden layer 1 "
            "(×{factor:.2g}). The signal, what varies over the samples, goes from {x:.2g} to {h:.2g} on the way up."
        ),
        msg(
            "Var δ = std²·fan_out·E φ'²·Var δ' in each layer, and factors below 1 multiply. Glorot & Bengio 2010; "
            "Schoenholz et al. 2017. Sizes are root mean squares before the first step; of the "
            "signal, unit by unit about its mean."
        ),
    ),
    "saturated": Words(
        msg(
            "Saturated: {share:.0f} % of the outputs of layer {layer} begin beyond {low:g} or {high:g}, where the "
            "activation is flat and hardly passes any gradient."
        ),
        msg("tanh'(z) = 1 − h², σ'(z) = h(1 − h): near 0 at both ends. Glorot & Bengio 2010; the book, ch. 6.2.2."),
    ),
    "update_large": Words(
        msg(
            "The first update, with the rate {rate:g}, changes {parameter} by {ratio:.2g} times its size and raises "
            "the loss of its own batch from {before:.3g} to {after:.3g}."
        ),
        msg("‖ΔW‖ / ‖W‖; about 0.001 is a healthy rule of thumb (Karpathy, CS231n)."),
    ),
    "update_decay": Words(
        msg(
            "Weight decay {decay:g}: the first update raises the loss of its own batch from {before:.3g} to "
            "{after:.3g}; without its decay it would be {without:.3g}."
        ),
        msg("θ ← θ − η(∂loss/∂θ + λθ): with η·λ above 1 the decay alone turns the sign of the weights."),
    ),
    "updates_large": Words(
        msg(
            "An update at step {step:,} changed {parameter} by {ratio:.2g} times its size, the largest of those "
            "recorded."
        ),
        msg("‖ΔW‖ / ‖W‖; about 0.001 is a healthy rule of thumb (Karpathy, CS231n)."),
    ),
    "loss_rose": Words(
        msg(
            "The loss rose: {last:.3g} after {step:,} steps, {first:.3g} at the start; it has stayed above that since "
            "step {since}."
        ),
        msg("Mean loss of the last 20 batches, against that of the first batch."),
    ),
    "rate_zero": Words(
        msg("The learning rate is 0: no update ever changes anything."),
        msg("θ ← θ − η·∂loss/∂θ with η = 0."),
    ),
    "momentum": Words(
        msg(
            "Momentum {momentum:g} adds up past updates: along a steady gradient the rate {rate:g} acts as "
            "{whole:.3g}, {times:.3g} times as much."
        ),
        msg("v ← m·v + g tends to g / (1 − m). The book, ch. 6.1.4; Goh 2017, “Why momentum really works”."),
    ),
    "momentum_endless": Words(
        msg("Momentum 1 never forgets an update: along a steady gradient the steps grow without end."),
        msg("v ← m·v + g with m = 1 is the sum of all gradients."),
    ),
    "dead": Words(
        msg(
            "Dead units in layer {layer}: {dead:,} of {units:,} at step {step:,}, {before:,} before the first step. "
            "A unit that gives 0 for all {samples:,} samples passes no gradient back."
        ),
        msg("relu'(z) = 0 for z ≤ 0. Lu et al. 2020, “Dying ReLU and initialization”."),
    ),
    "majority": Words(
        msg(
            "The accuracy, {accuracy:.3f} at step {step:,}, is what always answering {name} brings: {share:.3g} % of "
            "the samples are of that class."
        ),
        msg("The share of the most frequent class is what an accuracy must beat."),
    ),
    "half_overflow": Words(
        msg(
            "In half precision this would overflow: {n:,} of {of:,} pre-activations of layer {layer} ({share:.2g} %) "
            "lie beyond the 65504 of fp16, the largest at {largest:.3g}. bf16 has the range of float32, with fewer "
            "digits."
        ),
        msg(
            "From 65520 on the nearest number of fp16 is infinite. Micikevicius et al. 2018, “Mixed precision "
            "training”."
        ),
    ),
    "half_underflow": Words(
        msg(
            "In half precision most of the gradient of {parameter} would be lost: at step {step}, {n:,} of its {of:,} "
            "entries other than 0 ({share:.3g} %) become 0 in fp16. Loss scaling, which multiplies the loss and so "
            "every gradient before the way back, or bf16 keep them."
        ),
        msg(
            "Up to 2⁻²⁵ = 3.0×10⁻⁸ the nearest number of fp16 is 0. Of the mean loss of a batch; Micikevicius et al. "
            "2018, “Mixed precision training”."
        ),
    ),
    "inputs_large": Words(
        msg("The inputs are large: {size:.3g} in root mean square. Every scheme assumes inputs of about 1."),
        msg("Var z = std²·fan_in·E x²: LeCun et al. 1998, “Efficient BackProp”, ch. 4.3."),
    ),
    "inputs_small": Words(
        msg("The inputs are small: {size:.2g} in root mean square. Every scheme assumes inputs of about 1."),
        msg("Var z = std²·fan_in·E x²: LeCun et al. 1998, “Efficient BackProp”, ch. 4.3."),
    ),
    "inputs_unequal": Words(
        msg(
            "Feature {feature} spreads by {spread:.3g}, the median feature by {median:.3g}: one rate cannot suit the "
            "weights of both."
        ),
        msg("∂loss/∂W₁ = xᵀδ₁ grows with the feature: LeCun et al. 1998, “Efficient BackProp”, ch. 4.3."),
    ),
    "inputs_blank": Words(
        msg(
            "Inputs that are always 0: {inputs:,} of {of:,}. No gradient reaches their weights, {weights:,} of the "
            "{all:,} in W1."
        ),
        msg("∂loss/∂W₁ = xᵀδ₁ is 0 in the row of an input that is 0."),
    ),
    "plateau": Words(
        msg("Plateau: after {step:,} steps the loss is {loss:.4g}, still about the {chance:.4g} of guessing."),
        msg("Mean loss of the last 20 batches, against ln C."),
    ),
    "about_right": Words(
        msg(
            "The initialisation is about right: the signal on the way up (×{up:.2g}) and the gradient on the way back "
            "(×{back:.2g}) change less than tenfold, and the first loss is {loss:.3g}."
        ),
        msg(
            "Before the first step: the std over the samples, unit by unit, of the last hidden layer over that of the "
            "inputs; the root mean square of the gradient at hidden layer 1 over that at the logits."
        ),
    ),
    "small_logits": Words(
        msg(
            "The first loss, {loss:.4g}, is about the ln {classes} = {chance:.4g} of guessing: the logits are only "
            "{logits:.2g} large, so all classes look alike at first."
        ),
        msg("softmax of equal logits gives 1/C for each class, and the loss −ln(1/C) = ln C."),
    ),
    "slow_start": Words(
        msg("For its first {since} steps the loss stayed within {share:g} % of the {chance:.3g} of guessing."),
        msg("Mean loss of 20 batches in a row, against ln C."),
    ),
    "more_accurate": Words(
        msg(
            "More accurate than the run before ({other}): at step {step:,}, {right:.3f} of the {kind} samples are "
            "right, and {before:.3f} there, which is {apart:,} of {samples:,} samples."
        ),
        _BY_CHANCE,
    ),
    "less_accurate": Words(
        msg(
            "Less accurate than the run before ({other}): at step {step:,}, {right:.3f} of the {kind} samples are "
            "right, and {before:.3f} there, which is {apart:,} of {samples:,} samples."
        ),
        _BY_CHANCE,
    ),
    "as_accurate": Words(
        msg("As accurate as the run before ({other}): {right:.3f} of the {kind} samples are right at step {step:,}.")
    ),
    "speed_sooner": Words(
        msg("The loss came down to {level:.3g} sooner: by step {here}, in the run before ({other}) by step {there}."),
        _CAME_DOWN,
    ),
    "speed_later": Words(
        msg("The loss came down to {level:.3g} later: by step {here}, in the run before ({other}) by step {there}."),
        _CAME_DOWN,
    ),
    "speed_same": Words(
        msg(
            "The loss came down to {level:.3g} about as soon: by step {here}, in the run before ({other}) "
            "by step {there}."
        ),
        _CAME_DOWN,
    ),
    "speed_only_here": Words(
        msg(
            "The loss came down to {level:.3g} by step {here}; in the run before ({other}) it did not in "
            "{last:,} steps."
        ),
        _CAME_DOWN,
    ),
    "speed_only_there": Words(
        msg(
            "In the run before ({other}) the loss came down to {level:.3g} by step {there}; here it has not in "
            "{step:,} steps."
        ),
        _CAME_DOWN,
    ),
    "scheme_he": Words(
        msg(
            "He gives W1 the std √(2/{fan_in}) = {std:.3g}: each unit sums {fan_in} inputs, and the activation cuts "
            "about half away."
        ),
        msg("½·fan_in·std² = 1 keeps E z² from layer to layer (He et al. 2015)."),
    ),
    "scheme_he_for_relu": Words(
        msg(
            "He gives W1 the std √(2/{fan_in}) = {std:.3g}, made for ReLU: twice the variance that keeps the sum of "
            "{fan_in} inputs; {activation} does not cut half of it away."
        ),
        msg("fan_in·std² = 2 (He et al. 2015), where LeCun et al. 1998 have 1."),
    ),
    "scheme_lecun": Words(
        msg("LeCun gives W1 the std 1/√{fan_in} = {std:.3g}: each unit sums {fan_in} inputs, and so keeps their size."),
        msg("fan_in·std² = 1 (LeCun et al. 1998). The book calls it Xavier, ch. 6.2.2."),
    ),
    "scheme_glorot": Words(
        msg(
            "Glorot gives W1 the std √(2/({fan_in} + {fan_out})) = {std:.3g}: between what keeps the signal over "
            "{fan_in} inputs and the gradient over {fan_out} outputs."
        ),
        msg("std² = 2/(fan_in + fan_out) (Glorot & Bengio 2010)."),
    ),
    "scheme_torch": Words(
        msg(
            "PyTorch's default draws W1 and b1 between ±1/√{fan_in}: a std of {std:.3g}, a third of the variance that "
            "keeps the size of a sum of {fan_in} inputs."
        ),
        msg("U(±1/√fan_in) has the variance 1/(3·fan_in); LeCun et al. 1998 have 1/fan_in. The default of nn.Linear."),
    ),
    "scheme_file": Words(
        msg(
            "The weights come from {file}: those of W1 are {std:.3g} in root mean square, {share:.2g} times the "
            "{other:.3g} of {scheme} for {fan_in} inputs."
        ),
        msg("The root mean square of W1, beside the std that the usual scheme for this activation gives it."),
    ),
    "gains": Words(
        msg("On top of the scheme, the layer gains {gains} multiply the weights; W1 has the std {std:.3g}."),
        msg("W = gain·W of the scheme, layer by layer."),
    ),
    "scheme_orthogonal": Words(
        msg(
            "Orthogonal: W1 ({fan_in}×{fan_out}) has columns or rows of length {length:.3g} at right angles; entries "
            "of {std:.3g}."
        ),
        msg("Such a matrix stretches no signal (Saxe et al. 2013)."),
    ),
    "scheme_lsuv": Words(
        msg(
            "LSUV gives W1 entries of size {std:.3g}: z of layer 1 then has variance {variance:.3g}, and it aims at 1."
        ),
        msg("Orthonormal, then W / √Var z, layer by layer (Mishkin & Matas 2016)."),
    ),
    "std_and_he": Words(
        msg("The std {std:.3g} is {share:.2g} times He's √(2/{fan_in}) = {other:.3g} for the {fan_in} inputs of W1."),
        msg("½·fan_in·std² = 1 keeps E z² through layers that cut half away (He et al. 2015)."),
    ),
    "std_and_lecun": Words(
        msg("The std {std:.3g} is {share:.2g} times LeCun's 1/√{fan_in} = {other:.3g} for the {fan_in} inputs of W1."),
        msg("fan_in·std² = 1 keeps the size of the sum (LeCun et al. 1998; the book's Xavier, ch. 6.2.2)."),
    ),
}
"""The sentence of each code."""
