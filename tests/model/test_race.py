"""A race: each run is what it would be alone, all are at the same step, and one that stops holds up nobody."""

import threading

import pytest

from model.data.prepare import load
from model.training.engine import Engine
from model.training.knob import SpecError
from model.training.race import MOST, raceable, racers, suggestions, usual
from model.training.runner import Runner
from model.training.spec import KNOBS, TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper
from model.training.team import Team

SPEC = TrainingSpec(hidden_sizes=(8,), steps=60, eval_every=20, batch_size=20, dtype="float64")


@pytest.fixture(scope="module")
def data():
    return load(SPEC.data_request)


def engines(specs, data, stepper=ClassStepper):
    return [Engine(spec, data, stepper) for spec in specs]


def alone(spec, data, steps):
    engine = Engine(spec, data, ClassStepper)
    engine.train(steps)
    return engine


def assert_same(one, other):
    assert one.params.tobytes() == other.params.tobytes()
    frames = one.recording.frame(), other.recording.frame()
    for name in ("loss", "grad_norms", "evaluations", "eval_steps"):
        assert getattr(frames[0], name).tobytes() == getattr(frames[1], name).tobytes(), name


def test_every_run_of_a_race_is_what_it_would_be_alone(data):
    specs = racers(SPEC, "weight_init_std", "0.01, He, 1")
    team = Team(*_split(engines(specs, data)))
    team.train(60)
    for engine, spec in zip((team.lead, *team.others), specs, strict=True):
        assert_same(engine, alone(spec, data, 60))
    assert team.ended


def _split(made):
    return made[0], made[1:]


def test_a_run_that_a_stop_ends_stays_there_and_the_others_go_on(data):
    specs = [SPEC.replaced(weight_init_std=1e200, stop_on_divergence=True), SPEC]
    team = Team(*_split(engines(specs, data)))
    team.train(60)
    assert [engine.recording.step for engine in (team.lead, *team.others)] == [team.lead.recording.step, 60]
    assert team.lead.recording.step < 60
    assert_same(team.others[0], alone(SPEC, data, 60))
    assert team.step == 60


def test_interrupted_runs_stand_at_the_same_step_and_go_on_to_the_same_end(data):
    specs = racers(SPEC.replaced(steps=400), "seed", "0, 1, 2")
    team = Team(*_split(engines(specs, data, kernel_stepper)))
    seen = threading.Event()
    publish = team.others[-1].publish

    def note():
        publish()
        if team.step > 10:
            team.interrupt()
            seen.set()

    team.others[-1].publish = note
    team.train(400)
    assert seen.is_set()
    steps = {engine.recording.step for engine in (team.lead, *team.others)}
    assert len(steps) == 1
    assert steps.pop() < 400
    team.others[-1].publish = publish
    team.clear_interrupt()
    team.train(400)
    whole = Engine(specs[2], data, kernel_stepper)
    whole.train(400)
    assert_same(team.others[-1], whole)


def test_what_all_publish_is_of_the_same_step(data):
    specs = racers(SPEC.replaced(steps=300), "seed", "0, 1")
    team = Team(*_split(engines(specs, data, kernel_stepper)))
    other = team.others[0]
    publish, pairs = other.publish, []

    def note():
        publish()
        pairs.append((team.lead.recording.frame().step, other.recording.frame().step))

    other.publish = note
    team.train(300)
    assert pairs
    assert all(one == two for one, two in pairs)


def test_a_live_knob_turns_for_all_but_the_raced_one_for_the_leader_alone(data):
    specs = racers(SPEC, "learning_rate", "0.1, 0.2")
    team = Team(*_split(engines(specs, data)), "learning_rate")
    team.train(10)
    team.edit("learning_rate", 0.5)
    team.edit("weight_decay", 0.01)
    assert [len(engine.recording.schedule) for engine in (team.lead, *team.others)] == [2, 1]


def test_a_runner_trains_pauses_steps_and_extends_a_race(data):
    runner = Runner(ClassStepper)
    thread = threading.Thread(target=runner.serve)
    thread.start()
    try:
        specs = racers(SPEC, "activation", "relu, tanh")
        team = Team(*_split(engines(specs, data)))
        runner.start(specs[0], data, train=False, team=team)
        runner.step_once()
        runner.step_once()
        assert runner.wait_settled(30)
        assert [engine.recording.step for engine in (team.lead, *team.others)] == [2, 2]
        runner.resume()
        assert runner.wait_settled(30)
        assert runner.state == "finished"
        runner.retarget(80, train=True)
        assert runner.wait_settled(30)
        for engine, spec in zip((team.lead, *team.others), specs, strict=True):
            assert engine.recording.step == engine.recording.target == 80
            assert engine.params.tobytes() == alone(spec, data, 80).params.tobytes()
    finally:
        runner.close()
        thread.join(30)


def test_values_are_read_as_the_form_reads_them_and_schemes_by_name():
    made = racers(SPEC, "weight_init_std", "1/64, glorot, He,")
    assert [(spec.init, spec.weight_init_std) for spec in made] == [("std", 1 / 64), ("glorot", 0.01), ("he", 0.01)]
    assert [spec.hidden_sizes for spec in racers(SPEC, "hidden_sizes", "50; 20,20")] == [(50,), (20, 20)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("weight_init_std", ""),
        ("weight_init_std", "0.01"),
        ("weight_init_std", "0.01, 0.01"),
        ("weight_init_std", "0.01, zz"),
        ("weight_init_std", "0.01, -1"),
        ("momentum", "0.1, 0.9"),
        ("seed", ", ".join(map(str, range(MOST + 1)))),
    ],
)
def test_what_cannot_be_raced_is_refused_at_the_knob(name, text):
    with pytest.raises(SpecError) as refused:
        racers(SPEC, name, text)
    assert list(refused.value.messages) == [name]


def test_what_is_offered_can_be_raced():
    spec = TrainingSpec(dataset="moons", optimizer="momentum", parametrization="mup")
    for knob in raceable():
        if knob.name in ("label_column", "drop_bad_rows"):
            continue
        assert len(racers(spec, knob.name, usual(spec, knob.name))) >= 2, knob.name
        for value in suggestions(spec, knob.name):
            assert value.lower() in ("lecun", "glorot", "he") or KNOBS[knob.name].parse(value) is not None
