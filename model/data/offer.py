"""What a file offers before it is taken: its facts and first rows, for one choice of the label and for the next."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from model.data.dataset import BadCellsError, DataError, DataRequest, Dataset, RawData, never
from model.data.loaders import read, roles
from model.data.loaders.head import HeadColumn, head_of_samples, head_of_table
from model.data.loaders.table import Table
from model.data.prepare import prepare_as
from model.words import Message

_MOST_CHOICES = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A source that was read, taken for one choice of the label.

    Attributes
    ----------
    request : what was asked for
    data : the samples; None where this choice of the label is refused
    refusal : why it is refused
    table : the cells of a CSV file, to choose another label from; None for arrays
    head : the first rows; () for pictures
    """

    request: DataRequest
    data: Dataset | None
    refusal: Message | None
    table: Table | None
    head: tuple[HeadColumn, ...]

    def choices(self) -> tuple[str, ...]:
        """List the values of `label_column` that a person may choose from, for a table of moderate width."""
        if self.table is None:
            return ()
        columns = self.table.columns
        names = (roles.name_for(columns, place) for place in range(min(columns.n_columns, _MOST_CHOICES)))
        return (roles.AUTO, roles.FIRST, roles.LAST, *names)


def read_offer(request: DataRequest, cancelled: Callable[[], bool] = never) -> Offer:
    """Read a file or folder.

    Raises
    ------
    DataError
        Where no other choice of the label can help: nothing could be read, or too little is there.
    BadCellsError
        Where dropping rows would help.
    """
    try:
        raw = read(
            request.data or "",
            label_column=request.label_column,
            drop_bad_rows=request.drop_bad_rows,
            cancelled=cancelled,
        )
    except BadCellsError:
        raise
    except DataError as error:
        if error.table is None:
            raise
        return _refused(request, error, error.table)
    return _offer(request, raw)


def choose_label(offer: Offer, label_column: str) -> Offer:
    """Take the same table with another label, without reading it again."""
    if offer.table is None:
        return offer
    request = replace(offer.request, label_column=label_column)
    try:
        return _offer(request, offer.table.samples(label_column, drop_bad_rows=request.drop_bad_rows))
    except DataError as error:
        return _refused(request, error, offer.table)


def _offer(request: DataRequest, raw: RawData) -> Offer:
    data = prepare_as(raw, request)
    if raw.table is not None:
        return Offer(request, data, None, raw.table, head_of_table(raw.table, raw.table.roles(request.label_column)))
    return Offer(request, data, None, None, () if raw.image_shape is not None else head_of_samples(raw))


def _refused(request: DataRequest, error: DataError, table: Table) -> Offer:
    try:
        found = table.roles(request.label_column)
    except DataError:
        found = None
    return Offer(request, None, error.message, table, head_of_table(table, found))
