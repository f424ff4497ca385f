"""Every entry of every room, joined by its code."""

from collections.abc import Iterable, Sequence

from pellucid.checker.asking.named import NAMED, Named
from pellucid.checker.asking.pack import Pack, Telltale
from pellucid.checker.catalogue.examples import CatalogueEntry
from pellucid.checker.catalogue.mistake import Mistake
from pellucid.checker.packs import load_pack
from pellucid.checker.packs.loading import BUILT_IN
from pellucid.checker.searching.telltale import telltales_of

__all__ = ["mistakes"]


def mistakes(more: Iterable[Pack] = ()) -> list[Mistake]:
    """Return the mistakes of the built-in packs, of others, and of the checker itself, in the order of their codes."""
    packs = [*(load_pack(name) for name in BUILT_IN), *(pack for pack in more if pack.name not in BUILT_IN)]
    entries: dict[str, list[CatalogueEntry]] = {}
    telltales: dict[str, list[Telltale]] = {}
    for pack in packs:
        for function in pack.functions:
            for known in function.known:
                entries.setdefault(known.code, []).append(CatalogueEntry(pack, function, known))
            for telltale in telltales_of(function):
                telltales.setdefault(telltale.code, []).append(telltale)
    named = {each.code: each for each in NAMED}
    codes = sorted({*entries, *telltales, *named} - {""})
    return [_joined(code, entries.get(code, ()), telltales.get(code, ()), named.get(code)) for code in codes]


def _joined(
    code: str, entries: Sequence[CatalogueEntry], telltales: Sequence[Telltale], named: Named | None
) -> Mistake:
    told = [(entry.known.id, entry.known.title) for entry in entries]
    told += [(named.name, named.title)] if named else []
    told += [(telltale.id, telltale.title) for telltale in telltales]
    return Mistake(code, *told[0], tuple(entries), tuple(dict.fromkeys(telltales)), named)
