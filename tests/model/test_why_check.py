"""The check of Why?: a few random specs of it in every test run, and its page lists every finding."""

from pathlib import Path

import pytest

from model.figures.panels.why_words import WORDS
from scripts.why_check import __main__ as check
from scripts.why_check.claims import TRUE
from scripts.why_check.document import CONDITIONS, written
from scripts.why_check.judge import judge
from scripts.why_check.specs import random_specs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "why.md"


def test_the_oracle_and_the_page_know_every_finding() -> None:
    assert set(CONDITIONS) == set(WORDS) == set(TRUE)
    page = PAGE.read_text(encoding="utf-8")
    for code in WORDS:
        assert page.count(f"| `{code}` | {CONDITIONS[code]} |") == 1, code


def test_the_page_opens_with_the_thresholds_in_force() -> None:
    end = "## The check"
    assert PAGE.read_text(encoding="utf-8").partition(end)[0] == written([], 0).partition(end)[0]


def test_of_random_specs_every_failure_has_its_cause_every_promise_is_kept_and_nothing_is_false() -> None:
    verdicts = [judge(spec) for spec in random_specs(14, seed=5)]
    assert sum(verdict.fails for verdict in verdicts) >= 3
    assert sum(verdict.healthy for verdict in verdicts) >= 3
    for verdict in verdicts:
        assert not verdict.fails or verdict.named != "none", verdict.spec
        assert verdict.kept == verdict.promises, verdict.spec
        assert not verdict.warned, verdict.spec
        assert all(so for _, so in verdict.said), verdict
    assert check.report(verdicts) == 0


def test_what_falls_short_is_told_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = judge(next(random_specs(1, seed=5)))
    verdict.said.append(("plateau", False))
    assert check.report([verdict]) == 1
    assert "said, and not so: plateau" in capsys.readouterr().out
    assert "| … that are false | 1 |" in written([verdict], 5)
