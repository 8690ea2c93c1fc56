"""What the built-in data sets promise, and what preparing does to any data."""

from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import DataError, DataRequest, RawData, Samples
from model.data.datasets import DATASETS, DIGITS_FILE
from model.data.describe import describe
from model.data.prepare import load, prepare

REFERENCE = Path(__file__).parent.parent / "reference" / "digits_split.npz"
PLANE = sorted(set(DATASETS) - {"digits"})


def raw(x, t, *, test=None, integer=False, class_names=()):
    samples = Samples(np.array(x, dtype=np.float64), np.array(t, dtype=np.int64))
    return RawData("made up", samples, test, integer=integer, class_names=class_names)


def prepared(data, scaling="none", train_fraction=1.0, data_seed=0):
    return prepare(data, scaling=scaling, train_fraction=train_fraction, data_seed=data_seed)


def texts(dataset):
    return " ".join(str(note) for note in dataset.notes)


def test_the_digits_are_the_reference_split_divided_by_16():
    digits = load(DataRequest())
    with np.load(REFERENCE) as file:
        for part, x, t in (("train", digits.x_train, digits.t_train), ("test", digits.x_test, digits.t_test)):
            np.testing.assert_array_equal(x, file[f"x_{part}"] / 16)
            np.testing.assert_array_equal(t, file[f"t_{part}"])
    assert digits.image_shape == (8, 8)
    assert digits.class_names == tuple("0123456789")
    assert digits.notes == ()


def test_the_embedded_file_is_the_reference_file():
    with np.load(REFERENCE) as expected, np.load(DIGITS_FILE) as found:
        assert sorted(found) == sorted(expected)
        for name in expected:
            assert found[name].dtype == np.uint8
            np.testing.assert_array_equal(found[name], expected[name])


def test_neither_train_fraction_nor_seeds_move_the_digits():
    plain = load(DataRequest())
    other = load(DataRequest(train_fraction=0.3, data_seed=9, samples=50, noise=3.0))
    np.testing.assert_array_equal(plain.x_train, other.x_train)
    np.testing.assert_array_equal(plain.t_test, other.t_test)


def test_every_choice_of_the_knob_has_an_entry_and_words():
    assert list(DATASETS) == ["digits", "spirals", "circles", "moons", "xor", "gaussians"]
    for name, info in DATASETS.items():
        assert info.name == name
        assert str(info.label)
        assert str(info.help)


@pytest.mark.parametrize("name", PLANE)
def test_a_plane_set_is_fixed_by_its_seed_alone(name):
    np.random.seed(3)  # noqa: NPY002  the global generator must not matter
    before = np.random.get_state()[2]  # noqa: NPY002
    first = DATASETS[name].make(300, 0.1, 7)
    again = DATASETS[name].make(300, 0.1, 7)
    other = DATASETS[name].make(300, 0.1, 8)
    np.testing.assert_array_equal(first.train.x, again.train.x)
    np.testing.assert_array_equal(first.train.t, again.train.t)
    assert not np.array_equal(first.train.x, other.train.x)
    assert np.random.get_state()[2] == before  # noqa: NPY002


@pytest.mark.parametrize("name", PLANE)
def test_a_plane_set_is_centred_balanced_and_of_ordinary_size(name):
    made = DATASETS[name].make(2000, 0.0, 0).train
    counts = np.bincount(made.t)
    assert len(counts) == (4 if name == "gaussians" else 2)
    assert np.ptp(counts) <= 1
    assert np.abs(made.x.mean(axis=0)).max() < 0.1
    assert (np.abs(made.x) <= 1.5).mean() > 0.99


@pytest.mark.parametrize("name", PLANE)
def test_noise_scatters_by_its_standard_deviation(name):
    still, scattered = (DATASETS[name].make(20_000, noise, 0).train.x for noise in (0.0, 0.5))
    assert np.std(scattered - still) == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("name", ["circles", "moons", "xor", "gaussians"])
def test_a_good_start_learns_a_plane_set_in_the_default_steps(name):
    data = load(DataRequest(dataset=name))
    assert trained_accuracy(data, steps=2000) > 0.95


def test_spirals_are_harder_than_the_other_sets():
    data = load(DataRequest(dataset="spirals"))
    assert 0.8 < trained_accuracy(data, steps=2000) < 0.97


def trained_accuracy(data, steps):
    """Train 2-50-C by plain SGD from He's initial weights; accuracy on the training samples."""
    rng = np.random.RandomState(0)
    w1, w2 = rng.randn(2, 50), rng.randn(50, data.n_classes) * np.sqrt(2 / 50)
    b1, b2 = np.zeros(50), np.zeros(data.n_classes)
    for _ in range(steps):
        rows = rng.choice(data.n_train, 100)
        x, t = data.x_train[rows], data.t_train[rows]
        h = np.maximum(x @ w1 + b1, 0)
        delta = h @ w2 + b2
        delta = np.exp(delta - delta.max(axis=1, keepdims=True))
        delta /= delta.sum(axis=1, keepdims=True)
        delta[np.arange(100), t] -= 1
        delta *= 0.1 / 100
        back = (delta @ w2.T) * (h > 0)
        w2 -= h.T @ delta
        b2 -= delta.sum(axis=0)
        w1 -= x.T @ back
        b1 -= back.sum(axis=0)
    return np.mean(np.argmax(np.maximum(data.x_train @ w1 + b1, 0) @ w2 + b2, axis=1) == data.t_train)


def test_the_split_is_the_documented_permutation():
    made = DATASETS["moons"].make(57, 0.1, 4).train
    data = load(DataRequest(dataset="moons", samples=57, data_seed=4, train_fraction=0.7))
    order = np.random.default_rng(4).permutation(57)
    n_train = 40  # 39.9 rounded
    np.testing.assert_array_equal(data.x_train, made.x[order[:n_train]])
    np.testing.assert_array_equal(data.x_test, made.x[order[n_train:]])
    np.testing.assert_array_equal(data.t_test, made.t[order[n_train:]])


def test_a_train_fraction_of_1_leaves_an_empty_test_set():
    data = load(DataRequest(dataset="xor", train_fraction=1.0))
    assert data.x_test.shape == (0, 2)
    assert data.t_test.shape == (0,)
    assert data.n_train == 500


def test_a_split_that_leaves_one_row_to_train_is_refused_with_the_reason():
    with pytest.raises(DataError, match=r"Training needs at least 2 rows; train_fraction 0\.01 of 100 rows leaves 1"):
        load(DataRequest(dataset="xor", samples=100, train_fraction=0.01))


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_rows_are_refused(n):
    with pytest.raises(DataError, match=f"Training needs at least 2 rows; this data has {n}"):
        prepared(raw(np.zeros((n, 3)), [0] * n))


def test_labels_are_renumbered_over_train_and_test_together_and_it_is_said():
    test = Samples(np.zeros((2, 1)), np.array([10**9, 5]))
    data = prepared(raw([[0], [1], [2]], [-1, 7, 7], test=test))
    assert data.t_train.tolist() == [0, 2, 2]
    assert data.t_test.tolist() == [3, 1]
    assert data.class_names == ("-1", "5", "7", "1000000000")
    assert "Labels -1, 5, 7, 1000000000 were renumbered 0 to 3" in texts(data)
    assert data.layer_sizes((50,)) == (1, 50, 4)


def test_labels_already_in_order_are_kept_silently():
    data = prepared(raw([[0], [1], [2]], [2, 0, 1]))
    assert data.class_names == ("0", "1", "2")
    assert data.notes == ()


def test_named_classes_keep_their_names_when_some_are_missing():
    data = prepared(raw([[0], [1]], [2, 0], class_names=("ant", "bee", "cat")))
    assert data.class_names == ("ant", "cat")


def test_one_class_is_allowed_with_a_note():
    data = prepared(raw([[0], [1]], [3, 3]))
    assert data.n_classes == 1
    assert "only one class, “3”" in texts(data)


def test_auto_divides_integers_by_the_largest_of_x_train_alone():
    test = Samples(np.array([[40.0]]), np.array([0]))
    data = prepared(raw([[-20], [10]], [0, 1], test=test, integer=True), "auto")
    assert data.x_train.ravel().tolist() == [-1.0, 0.5]
    assert data.x_test.ravel().tolist() == [2.0]
    assert "20" in str(data.scaling)


def test_auto_takes_fractions_and_all_zeros_as_they_are():
    assert prepared(raw([[3.0], [5.0]], [0, 1]), "auto").x_train.max() == 5
    assert prepared(raw([[0], [0]], [0, 1], integer=True), "auto").x_train.max() == 0


def test_none_changes_nothing_even_for_integers():
    assert prepared(raw([[3], [5]], [0, 1], integer=True), "none").x_train.max() == 5


def test_standard_uses_mean_and_std_of_the_training_rows_for_both_parts():
    rng = np.random.default_rng(0)
    x, x_test = rng.normal(5, 3, (40, 3)), rng.normal(5, 3, (9, 3))
    data = prepared(raw(x, np.arange(40) % 2, test=Samples(x_test, np.arange(9) % 2)), "standard")
    np.testing.assert_allclose(data.x_train, (x - x.mean(axis=0)) / x.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(data.x_test, (x_test - x.mean(axis=0)) / x.std(axis=0), rtol=1e-12)


def test_a_constant_feature_becomes_0_under_standard_with_a_note():
    test = Samples(np.array([[9.0, 9.0]]), np.array([0]))
    data = prepared(raw([[0.1, 1], [0.1, 2], [0.1, 3]], [0, 1, 0], test=test), "standard")
    assert data.x_train[:, 0].tolist() == [0, 0, 0]
    assert data.x_test[0, 0] == 0
    assert "1 of 2 features never change" in texts(data)


def test_standard_stays_finite_for_the_largest_and_the_smallest_numbers():
    data = prepared(raw([[1e308, 5e-324], [-1e308, 0], [1e308, 0]], [0, 1, 0]), "standard")
    np.testing.assert_allclose(data.x_train.std(axis=0), 1)


def test_scaling_that_overflows_is_refused_by_name():
    test = Samples(np.array([[1e308]]), np.array([0]))
    with pytest.raises(DataError, match="x_test holds numbers too large; choose scaling none"):
        prepared(raw([[0], [1e-300]], [0, 1], test=test), "standard")


@pytest.mark.parametrize("scaling", ["auto", "standard", "none"])
def test_what_comes_out_is_contiguous_float64_and_the_source_is_untouched(scaling):
    x = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    source = RawData("f", Samples(x, np.array([0, 1, 0, 1])), Samples(x.copy("F"), np.zeros(4, int)), integer=True)
    data = prepared(source, scaling)
    for part in (data.x_train, data.x_test):
        assert part.dtype == np.float64
        assert part.flags.c_contiguous
    assert data.t_train.dtype == np.int64
    np.testing.assert_array_equal(x, np.arange(12.0).reshape(4, 3))


def test_the_facts_agree_with_the_data():
    facts = describe(load(DataRequest(dataset="gaussians", samples=100)))
    assert (facts.samples, facts.features, facts.n_train, facts.n_test) == (100, 2, 80, 20)
    assert facts.class_counts == (("0", 25), ("1", 25), ("2", 25), ("3", 25))
    assert str(facts.split) == "Split at random by data seed 0: 80 training samples, 20 test samples."
    assert str(facts.scaling) == "Inputs are used unchanged."
    assert "its own split: 1,500 training samples, 297 test samples" in str(describe(load(DataRequest())).split)


def test_the_plane_sets_have_not_moved_since_they_were_published():
    published = {
        "circles": (-0.227909542, -0.329139247),
        "gaussians": (0.768291099, 0.670598584),
        "moons": (-0.884226362, 0.632992641),
        "spirals": (0.375438178, 1.041019483),
        "xor": (-0.87496125, -0.542316037),
    }
    assert {name: DATASETS[name].make(64, 0.1, 0).train.x[0].tolist() for name in PLANE} == {
        name: pytest.approx(point, abs=1e-8) for name, point in published.items()
    }
