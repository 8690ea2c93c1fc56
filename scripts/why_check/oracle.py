"""The oracle: whether what a finding says of a run is so. It shares nothing with the rules that find it."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from scripts.why_check.claims import TRUE
from scripts.why_check.facts import Facts


class Said(Protocol):
    """What the oracle needs to know of a finding."""

    @property
    def promise(self) -> Any: ...  # noqa: ANN401  the run that is promised, and what it is to come to

    @property
    def code(self) -> str: ...

    @property
    def numbers(self) -> Mapping[str, object]: ...


class Oracle(Facts):
    """Judges the sentences about one run."""

    def is_true(self, said: Said) -> bool:
        """Whether the numbers of a finding are so, and are what its words need."""
        with np.errstate(all="ignore"):
            if said.promise is not None and not self.helps(said.code, said.promise):
                return False
            return bool(TRUE[said.code](self, said.numbers))
