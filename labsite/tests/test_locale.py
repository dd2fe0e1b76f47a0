"""Every word of the site in every language of the site."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

CATALOGUES = sorted(Path(settings.BASE_DIR, "labsite").glob("**/locale/*/LC_MESSAGES/django.po"))
_VARIABLE = re.compile(r"%\(\w+\)[sd]|%[sd]")


def test_there_is_a_catalogue_for_every_language_but_the_first() -> None:
    codes = {path.parent.parent.name for path in CATALOGUES}
    assert codes == {code for code, _name in settings.LANGUAGES} - {"en"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "/".join(path.parts[-5:-2]))
def test_everything_is_translated_and_compiled(path: Path) -> None:
    texts = polib.pofile(str(path))
    assert [entry.msgid for entry in texts if not entry.translated()] == []
    compiled = {(entry.msgctxt, entry.msgid): entry for entry in polib.mofile(str(path.with_suffix(".mo")))}
    for entry in texts:
        made = compiled[(entry.msgctxt, entry.msgid)]
        assert (made.msgstr, made.msgstr_plural) == (entry.msgstr, entry.msgstr_plural)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "/".join(path.parts[-5:-2]))
def test_translations_keep_every_variable(path: Path) -> None:
    for entry in polib.pofile(str(path)):
        wanted = sorted(set(_VARIABLE.findall(entry.msgid_plural or entry.msgid)))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert sorted(set(_VARIABLE.findall(text))) == wanted, entry.msgid


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_no_text_is_missing_from_the_catalogues(tmp_path: Path) -> None:
    """Collects the texts anew in a copy of the sources and compares."""
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".*", "var", "staticfiles", "engine", "tests", "static", "__pycache__")
    shutil.copytree(settings.BASE_DIR, copy, ignore=ignored)
    shutil.copytree(Path(settings.BASE_DIR, "engine"), copy / "engine", ignore=ignored)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "fr", "--no-location", "--no-wrap"]
    subprocess.run([*command, "--ignore", "engine"], cwd=copy, check=True, capture_output=True, timeout=120)
    for path in CATALOGUES:
        kept = {entry.msgid for entry in polib.pofile(str(path))}
        now = polib.pofile(str(copy / path.relative_to(settings.BASE_DIR)))
        missing = {entry.msgid for entry in now if not entry.obsolete} - kept
        assert missing == set(), path
