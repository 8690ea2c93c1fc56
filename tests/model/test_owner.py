"""A process is known again by more than its number, which another one may be given."""

import os
import subprocess
import sys

import pytest

from model.keeping.owner import lives, me


def test_this_process_lives() -> None:
    assert lives(me())
    assert me() == me()


def test_nobody_and_what_a_damaged_row_says_do_not_live() -> None:
    for owner in (0, -1, -(2**40), 2147483000):
        assert not lives(owner)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody says when a process began")
def test_another_process_with_the_number_of_an_old_one_is_not_taken_for_it() -> None:
    number = me() & 0xFFFFFFFF
    assert number == os.getpid()
    began = me() >> 32
    assert began > 0
    assert not lives(number | (began + 1) << 32)
    assert lives(number)  # of a database of before, where only the number was written


def test_a_process_lives_until_it_has_ended() -> None:
    code = "from model.keeping.owner import me; print(me(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        owner = int(child.stdout.readline())
        assert lives(owner)
        child.communicate(b"\n")
    assert not lives(owner)
