"""Colours tell parameters apart for every kind of colour vision; simulation and measure are written here anew."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from model.figures.palette import CONTRAST, DARK, LIGHT, colour, stroke

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK, CONTRAST], ids=lambda theme: theme.name)


def linear(name):
    channels = np.array([int(name[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(name, vision):
    t = TO_XYZ @ np.clip(np.asarray(VISIONS[vision]) @ linear(name), 0, 1) / WHITE
    x, y, z = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one, other):
    """CIEDE2000 (Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    sc, sh = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    rt = -np.sin(2 * np.radians(30 * np.exp(-(((h - 275) / 25) ** 2)))) * 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


def least_difference(one, other):
    return min(difference(lab(one, vision), lab(other, vision)) for vision in VISIONS)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_gives_the_figures_of_its_authors(one, other, expected):
    assert difference(one, other) == pytest.approx(expected, abs=1e-4)


@THEMES
def test_parameters_of_up_to_four_layers_differ_for_every_colour_vision(theme):
    roles = [f"{kind}{layer}" for layer in (1, 2, 3, 4) for kind in "Wb"]
    for one, other in combinations(roles, 2):
        assert least_difference(colour(one, theme, 4), colour(other, theme, 4)) >= 12, (one, other)


@THEMES
@pytest.mark.parametrize("n_layers", [5, 6, 7, 8, 9])
def test_layers_of_a_deep_network_differ_by_colour_or_by_the_width_of_the_stroke(theme, n_layers):
    layers = range(1, n_layers + 1)
    for kind in "Wb":
        roles = [f"{kind}{layer}" for layer in layers]
        for one, other in combinations(roles, 2):
            apart = least_difference(colour(one, theme, n_layers), colour(other, theme, n_layers))
            assert apart >= (8 if kind == "W" else 4) or stroke(one, n_layers) != stroke(other, n_layers), (one, other)
    for layer in layers:
        pair = (colour(f"{kind}{layer}", theme, n_layers) for kind in "Wb")
        assert least_difference(*pair) >= 10, layer


@THEMES
@pytest.mark.parametrize("vision", VISIONS)
def test_layers_of_the_deepest_network_grow_lighter_one_by_one(theme, vision):
    lightness = [lab(colour(f"W{layer}", theme, 21), vision)[0] for layer in range(1, 22)]
    assert all(before < after for before, after in pairwise(lightness))


def test_strokes_are_alike_where_colours_are_enough():
    assert {stroke(f"W{layer}", 4) for layer in (1, 2, 3, 4)} == {1.0}
    assert stroke("train", 9) == 1.0
    assert stroke("W1", 9) != stroke("W2", 9)


def contrast(one, other):
    """WCAG 2's ratio."""
    low, high = sorted(float(linear(name) @ TO_XYZ[1]) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_21_between_black_and_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("role", ["text", "muted", "warn", "bad", "accent"])
def test_words_of_the_theme_for_high_contrast_stand_out_seven_times(role):
    for ground in (CONTRAST.background, CONTRAST.surface):
        assert contrast(colour(role, CONTRAST), ground) >= 7


def test_words_on_the_accent_and_frames_stand_out_there_too():
    assert contrast(CONTRAST.on_accent, CONTRAST.accent) >= 7
    assert contrast(CONTRAST.line, CONTRAST.background) >= 4.5


@pytest.mark.parametrize("n_layers", [1, 2, 3, 4, 5, 9, 21])
def test_marks_of_the_theme_for_high_contrast_stand_out_four_and_a_half_times(n_layers):
    kinds = "Wb" if n_layers <= 4 else "W"  # of deep networks the biases are the paler ones
    roles = [f"{kind}{layer}" for layer in range(1, n_layers + 1) for kind in kinds]
    for role in [
        *roles,
        "train",
        "test",
        "theory",
        *(f"class{k}" for k in range(20)),
        *(f"run{k}" for k in range(1, 20)),
    ]:
        assert contrast(colour(role, CONTRAST, n_layers), CONTRAST.background) >= 4.5, role
