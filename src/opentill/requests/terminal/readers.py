"""Parameters of terminal Readers and ConnectionTokens (reference: Terminal, Readers)."""

from typing import Annotated

from opentill.domain.objects.terminal_reader import DeviceType, ReaderStatus
from opentill.requests.params import UNSET, ListParams, Metadata, Params, Secret, Text, UnsetType

Id = Annotated[str, Text(maximum=255)]
Label = Annotated[str, Text(maximum=5000)]


class CreateReader(Params):
    """Registers a reader by the code it shows."""

    registration_code: Annotated[str, Secret(maximum=255)]  # whoever has it can take the reader
    label: Label | UnsetType = UNSET
    location: Id | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class UpdateReader(Params):
    """Changes of a reader; an empty label restores the first one."""

    label: Label | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET


class ListReaders(ListParams):
    """A page of readers."""

    device_type: DeviceType | UnsetType = UNSET
    location: Id | UnsetType = UNSET
    serial_number: Annotated[str, Text(maximum=255)] | UnsetType = UNSET
    status: ReaderStatus | UnsetType = UNSET


class CreateConnectionToken(Params):
    """A token for an SDK, perhaps for the readers of one location only."""

    location: Id | UnsetType = UNSET
