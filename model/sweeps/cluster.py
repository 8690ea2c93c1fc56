"""The points of a sweep on a cluster: Dask carries them to its workers, and their rows back."""

import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from model.data.dataset import Dataset
from model.sweeps.crew import Rows, Take
from model.sweeps.points import Points
from model.sweeps.sweep import Places, Sweep
from model.words import Message, msg

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_CONNECT_SECONDS = 30
_LOOK_SECONDS = 0.1
_COUNT_SECONDS = 1.0
"""How often the threads of the workers are counted: the scheduler has to be asked."""
_RETRIES = 3
_AHEAD = 3
"""Chunks for each thread of the workers that are on their way."""
_MOST_KNOWN = 8
_QUIET = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "500ms"}
"""For the processes of this machine: Dask looks at what each one does a hundred times a second, from the cores that
are to train."""


class ClusterError(Exception):
    """A cluster that cannot be had, or that lost too many workers."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Cluster:
    """Trains on the workers of a scheduler, or on workers of this machine that are started for it.

    Chunks are functions of the sweep and their places alone: one whose worker dies is trained by another.

    Parameters
    ----------
    address : of a scheduler that runs, such as tcp://host:8786, or tls:// with the certificates that Dask is configured
        with; empty to start one on this machine, which nobody else can reach
    workers : how many processes to start there
    """

    chunk_seconds = 0.1

    def __init__(self, address: str = "", workers: int = 0) -> None:
        self._address = address
        self._workers = workers

    def work(self, sweep: Sweep, data: Dataset, chunks: Iterator[Places], take: Take, stop: threading.Event) -> None:
        """See `crew.Crew`; raises ClusterError besides."""
        try:
            import distributed
        except ImportError:
            text = msg("Sweeps on a cluster need Dask: install dask and distributed, the optional extra `cluster`.")
            raise ClusterError(text) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            with self._client() as client:
                self._hand_out(client, sweep, data, chunks, take, stop)
        except distributed.KilledWorker:
            text = msg("The same points ended several workers, perhaps for want of memory; they were given up.")
            raise ClusterError(text) from None
        except (CancelledError, OSError):
            raise ClusterError(msg("The connection to the scheduler was lost; what is finished is kept.")) from None

    @contextmanager
    def _client(self) -> Iterator["Client"]:
        from distributed import Client

        if self._address:
            with self._connected() as client:
                yield client
        else:
            with local(self._workers) as cluster, Client(cluster) as client:
                yield client

    def _connected(self) -> "Client":
        from distributed import Client

        try:
            client = Client(self._address, timeout=_CONNECT_SECONDS)
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            text = msg("No workers can be had from {address}: {why}", address=self._address, why=str(error)[:200])
            raise ClusterError(text) from None
        return client

    def _hand_out(
        self, client: "Client", sweep: Sweep, data: Dataset, chunks: Iterator[Places], take: Take, stop: threading.Event
    ) -> None:
        from distributed import wait

        shared = client.scatter(data, broadcast=True)
        under_way: set[Any] = set()
        room, counted = 0, -math.inf
        while not stop.is_set():
            if time.monotonic() - counted > _COUNT_SECONDS:
                room, counted = _AHEAD * max(sum(client.nthreads().values()), 1), time.monotonic()
            while len(under_way) < room and (chunk := next(chunks, None)) is not None:
                under_way.add(client.submit(_trained, sweep, shared, chunk, retries=_RETRIES))
            if not under_way:
                return
            try:
                done = wait(under_way, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            under_way -= done
            for future in done:
                take(*future.result())
        client.cancel(list(under_way), force=True)


def local(workers: int) -> "LocalCluster":
    """Start a scheduler and so many workers on this machine, which nobody else can reach."""
    import dask
    from distributed import LocalCluster

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with dask.config.set(_QUIET):
        return LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
                            silence_logs=logging.CRITICAL)  # fmt: skip


_known: dict[tuple[str, int], Points] = {}


def _trained(sweep: Sweep, data: Dataset, places: Places) -> tuple[Places, Rows]:
    """Train a chunk, in a thread of a worker, which keeps what the next chunks share with it."""
    key = (sweep.identity(), threading.get_ident())
    if key not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = Points(sweep, data)
    return _known[key].train(places)
