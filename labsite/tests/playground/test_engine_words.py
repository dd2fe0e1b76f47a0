"""The engine's own sentences are known to the translators, and come out in the reader's language."""

import ast
from pathlib import Path

import polib
from django.conf import settings
from django.utils import translation

from engine.wording import Sentence, Sentences
from labsite.playground.engine_words import TEMPLATES, localised


def templates_in(path: Path) -> set[str]:
    """Every string in a module that uses Sentence and has a place to fill, or is one's only argument."""
    tree = ast.parse(path.read_text("utf-8"))
    found = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "%(" in node.value
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Sentence":
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def test_every_template_of_the_engine_is_listed() -> None:
    engine = Path(settings.BASE_DIR, "engine")
    used: set[str] = set()
    for path in [*engine.glob("build/*.py"), *engine.glob("dockerfile/**/*.py")]:
        if "Sentence(" in path.read_text("utf-8"):
            used |= templates_in(path)
    assert used - set(TEMPLATES) == set()
    assert set(TEMPLATES) - used - {"install them before this step"} == set()


def test_every_template_is_translated() -> None:
    path = Path(settings.BASE_DIR, "labsite/locale/fr/LC_MESSAGES/django.po")
    known = {entry.msgid for entry in polib.pofile(str(path)) if entry.translated()}
    assert set(TEMPLATES) - known == set()


def test_sentences_are_said_in_french_with_their_values() -> None:
    reason = Sentences(", ", [Sentence("%(path)s was added", path="app.py"), "untouched"])
    assert reason == "app.py was added, untouched"
    with translation.override("fr"):
        assert localised(reason) == "app.py a été ajouté, untouched"
        assert localised("docker's own words") == "docker's own words"
