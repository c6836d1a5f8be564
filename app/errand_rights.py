"""Which errands a reader may see: those about their collections; administrators see all."""

from __future__ import annotations

from app.errands import Errand, Errands
from app.page_session import Room
from app.rights import Verb
from store.generations import Generations


def errands_of(room: Room) -> Errands:
    """The errands of the room's library."""
    return Errands(room.library.settings.library)


def who(room: Room) -> str:
    """Whose an errand is that the reader sends off now."""
    caller = room.caller
    return caller.id if caller else ""


def seen(room: Room, *kinds: str) -> list[Errand]:
    """Those of these kinds that the reader may see, newest first.

    An errand knows its collection by number, so a new collection of an old name does not open old reports. A number of
    a generation that was replaced still counts as long as that generation is kept.
    """
    found = [each for each in errands_of(room).all() if each.kind in kinds]
    if room.may(Verb.ADMINISTER):
        return found
    named = numbers(room)
    return [each for each in found if each.collection in named and room.may(Verb(each.needs), named[each.collection])]


def drop_collection(room: Room, name: str) -> None:
    """Remove a collection, and the reports and files about it: they quote its documents. Raises as the library does."""
    gone = {number for number, named in numbers(room).items() if named == name}
    room.library.delete_collection(name)
    errands = errands_of(room)
    for each in errands.all():
        if each.collection in gone:
            errands.remove(each)


def numbers(room: Room) -> dict[int, str]:
    """The number of every collection that the reader may read, its generations' too, and its name."""
    beside = Generations(room.library.catalogue)
    named: dict[int, str] = {}
    for each in room.library.catalogue.collections():
        named |= {one.id: each.name for one in (each, *beside.all_beside(each.name))}
    return named
