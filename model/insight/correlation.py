"""How alike two samples become on their way up a random network: the covariance of activations, by theory.

Poole et al. 2016, "Exponential expressivity in deep neural networks through transient chaos", follow the correlation of
two inputs from layer to layer. The expectation over two correlated normal variables is a power series in their
correlation, whose coefficients are those of the activation's Hermite series (Mehler's formula; Daniely et al. 2016,
"Toward deeper understanding of neural networks").
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS

Floats = npt.NDArray[np.float64]

_TERMS = 60
_FARTHEST = 10.0
_STEP = 0.05


def covariances(activation: str, q: Floats, c: Floats) -> Floats:
    """Compute E φ(z_a) φ(z_b) over normal pre-activations of every two samples.

    Parameters
    ----------
    activation : a key of ACTIVATIONS
    q : (n,) variances of the pre-activations of each sample
    c : (n, n) correlations between those of two samples; NaN counts as 0

    Returns
    -------
    (n, n); on the diagonal, where c is 1, the second moments themselves. Errors are below 1 % but for the steepest
    activations (tanh with q above 100) at correlations between 0.95 and 1.
    """
    u, basis, weight = _hermite()
    with np.errstate(all="ignore"):
        values = ACTIVATIONS[activation].forward(np.sqrt(q)[:, None] * u)
        coefficients = values @ (basis * weight).T
        # what the terms that are left out come to at c = 1, given to a last one
        rest = np.sqrt(np.maximum(np.square(values) @ weight - np.square(coefficients).sum(axis=1), 0.0))
        c = np.nan_to_num(c)
        found, power = np.zeros_like(c), np.ones_like(c)
        for each in (*coefficients.T, rest):
            found += np.multiply.outer(each, each) * power
            power = power * c
    return found


def cosines(covariance: Floats) -> Floats:
    """Divide covariances (n, n) by the lengths; NaN where a length is 0 or infinite."""
    length = np.sqrt(np.diag(covariance))
    with np.errstate(all="ignore"):
        return np.clip(covariance / np.multiply.outer(length, length), -1.0, 1.0)


def mean_of_pairs(c: Floats) -> float:
    """Average over two different samples those that are known; NaN where none is."""
    apart = c[~np.eye(len(c), dtype=np.bool_)]
    known = apart[~np.isnan(apart)]
    return float(known.mean()) if len(known) else np.nan


@lru_cache(maxsize=1)
def _hermite() -> tuple[Floats, Floats, Floats]:
    """Give points u (k,), the normalised Hermite polynomials there (_TERMS, k), and the normal weights (k,)."""
    u = np.arange(-_FARTHEST, _FARTHEST + _STEP / 2, _STEP)
    weight = np.exp(-0.5 * u * u)
    basis = [np.ones_like(u), u]
    for k in range(1, _TERMS - 1):
        basis.append((u * basis[k] - np.sqrt(k) * basis[k - 1]) / np.sqrt(k + 1))
    return u, np.array(basis), weight / weight.sum()
