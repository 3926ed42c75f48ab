"""Folders that a browser saves beside a page: its pictures, scripts and frames, none of them an article."""

from collections.abc import Collection
from typing import Final

# What Windows and the browsers append to the page's name in their languages
# (https://learn.microsoft.com/windows/win32/shell/manage, "Connected Files").
_ENDINGS: Final = (
    *("_files", ".files", "-files", "_file", "_fichiers", "_archivos", "_arquivos", "_ficheiros", "-dateien"),
    *("_bestanden", "-filer", "_filer", "_tiedostot", "_pliki", "_soubory", "_elemei", "_dosyalar", "_datoteke"),
    *("_fitxers", "_failid", "_fails", "_bylos", "_fajlovi", "_fitxategiak", "_файлы"),
)
SAVED: Final = "what a browser saved beside"
_PAGES: Final = (".html", ".htm", ".xhtml", ".mhtml")


def page_of(folder: str, beside: Collection[str]) -> str | None:
    """The page that a browser saved a folder of such a name for; None where there is no such page.

    Parameters:
        beside: the names of the files that stand beside the folder.
    """
    folded = folder.casefold()
    if not folded.endswith(_ENDINGS):
        return None
    stems = (folder[: -len(ending)] for ending in _ENDINGS if folded.endswith(ending))
    return next((page for stem in stems for suffix in _PAGES if stem and (page := f"{stem}{suffix}") in beside), None)
