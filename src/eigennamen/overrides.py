"""What overrides of the configuration mean that Hydra cannot know."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[^\s'\"()\[\]{},=$]+")


def quoted(arguments: Sequence[str]) -> list[str]:
    """Values with letters beyond ASCII in quotes, without which Hydra's grammar has no place for them; not options,
    which no grammar reads.

    >>> quoted(["corpus.train=Wörter.conll", "corpus=conll", "corpus.labels=[Straße]", "--config-dir=Läufe"])
    ['corpus.train="Wörter.conll"', 'corpus=conll', 'corpus.labels=[Straße]', '--config-dir=Läufe']
    """
    found = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        needs_quotes = not key.startswith("-") and not value.isascii() and _PLAIN.fullmatch(value)
        found.append(f'{key}{equals}"{value}"' if needs_quotes else argument)
    return found


def with_body(arguments: Sequence[str]) -> list[str]:
    """``module.pretrained=NAME`` alone chooses the body that has this setting, as only an override can tell Hydra.

    >>> with_body(["+experiment=hand_labels", "module.pretrained=deepset/gbert-base"])[0]
    'module/body=pretrained'
    """
    given = {argument.partition("=")[0] for argument in arguments}
    if "module.pretrained" not in given or "module/body" in given:
        return [*arguments]
    writes = {"+experiment=seq2seq", "module=generator"} & set(arguments)
    return ["module/body=pretrained_seq2seq" if writes else "module/body=pretrained", *arguments]
