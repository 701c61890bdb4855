"""`make languages`: brings the catalogues up to the sentences in the source.

A sentence that is new stands in each falcon.po without a translation, one that is gone
is gone there too; then each falcon.mo is made from its falcon.po.
"""

from __future__ import annotations

from falcon.languages import LANGUAGES
from falcon.languages.catalogues import (
    compiled,
    extract,
    mo_path,
    po_path,
    read,
    update,
    write,
)


def main() -> None:
    sentences = extract()
    for language in LANGUAGES:
        catalogue = update(read(language), sentences)
        po_path(language).write_bytes(write(catalogue))
        mo_path(language).write_bytes(compiled(catalogue))
        missing = sum(not message.string for message in catalogue if message.id)
        print(f"{language}: {len(catalogue)} sentences, {missing} not translated")


if __name__ == "__main__":
    main()
