"""A small synthetic German corpus that needs no download; written for this project, no benchmark.

Every sentence is a hand-written carrier (news, encyclopedia, forum, lower-case search query) whose slots are filled
with names; ``grammar`` says how. What counts as a name follows the outer layer of GermEval 2014 (Benikova et al. 2014)
without its derived and partial labels:

* A span covers the inflected word ("Berlins") and the legal form ("Hansen & Söhne GmbH"), but no title, article or
  quotation mark ("Dr.", "die", "„").
* A compound with a name in it ("Siemens-Chef") and a derived adjective ("Berliner Senat", "deutsch") are no names;
  "Kieler Woche" and "Kölner Haie" are, as a whole.
* Spans are flat: in "Universität Jena" and "Friede von Birkenau" the place has no span of its own.
* Schools, theaters, museums, newspapers, bands and clubs are ORG; streets, buildings, rivers and islands are LOC;
  works, products, programs, events, leagues, awards, laws, wars, treaties, ships and currencies are MISC.

Like real text the corpus repeats itself: common names and typical constructions make up most of it.

Places, firms and works are real or made, persons are random combinations of names; no sentence here means to say
anything true about anybody or anything.
"""

from collections.abc import Mapping

from eigennamen.corpora.mini.generator import generate
from eigennamen.corpora.plain_text import read_unlabeled
from eigennamen.types import Corpus

LF_LABEL_MAP = {"PER": "PER", "LOC": "LOC", "ORG": "ORG", "MISC": "MISC"}
PROTOCOL = (
    "synthetic German sentences from hand-written carriers, labels PER LOC ORG MISC, no carrier in two splits "
    "(phrases and common names are shared); scores show that a method works and are no benchmark"
)


def load(
    *,
    seed: int = 13,
    n_train: int = 3000,
    n_dev: int = 400,
    n_test: int = 600,
    unlabeled: str | None = None,
    lf_label_map: Mapping[str, str | None] = LF_LABEL_MAP,
    name: str = "mini",
) -> Corpus:
    """Generate the corpus; ``seed`` is the corpus's own, so that runs with different seeds see the same sentences.

    All splits carry gold spans. A split does not depend on the sizes of the others, and it begins with what it would
    be with fewer sentences.
    """
    return Corpus(
        name=name,
        labels=tuple(LF_LABEL_MAP),
        train=generate("train", n_train, seed=seed),
        dev=generate("dev", n_dev, seed=seed),
        test=generate("test", n_test, seed=seed),
        unlabeled=read_unlabeled(unlabeled),
        lf_label_map=lf_label_map,
        protocol=PROTOCOL,
    )
