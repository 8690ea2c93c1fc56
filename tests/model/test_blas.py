"""The limit on BLAS threads reaches every library, whenever it comes."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from model.network.blas import _OneThread


def test_a_library_is_looked_for_when_one_module_came_and_another_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "an_import_that_fails", ModuleType("an_import_that_fails"))
    limit = _OneThread()
    for _ in range(2):  # the first look brings modules itself
        with limit:
            pass
    assert not limit._look()
    del sys.modules["an_import_that_fails"]
    monkeypatch.setitem(sys.modules, "another", ModuleType("another"))
    assert limit._look()


def test_the_limit_holds_for_all_libraries_and_is_lifted_after_the_last_user() -> None:
    # in a process of its own: the limit belongs to the process, and a thread of another test may hold it meanwhile
    code = (
        "import numpy, scipy.linalg\n"
        "from threadpoolctl import threadpool_info, threadpool_limits\n"
        "from model.network.blas import _OneThread\n"
        "limit = _OneThread()\n"
        "def told():\n"
        "    print(sorted({library['num_threads'] for library in threadpool_info()}))\n"
        "with threadpool_limits(2):\n"
        "    with limit:\n"
        "        with limit:\n"
        "            told()\n"
        "        told()\n"
        "    told()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[1]", "[1]", "[2]", ""]


def test_the_program_begins_with_one_blas_thread() -> None:
    code = (
        "import sys, main\n"
        "def told(argv):\n"
        "    import numpy, threadpoolctl\n"
        "    print([library['num_threads'] for library in threadpoolctl.threadpool_info()])\n"
        "    return 0\n"
        "main.main = told\n"
        "sys.exit(main.run())\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1]"
